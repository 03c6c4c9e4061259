// `npm run example:express-api`: an API, and the job that calls it, whose secret rotates meanwhile.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { writeFileSync } from "node:fs";
import { createManagementClient } from "@countersign/sdk/management";
import { freePort, play } from "../support/stage.ts";
import { registerApi, registerProgram, rotateSecret } from "./operator.ts";

await play(import.meta.dirname, async (stage) => {
  stage.tell(
    "Countersign starts. An operator registers an API with two scopes, and the API starts.",
  );
  const countersign = await stage.startCountersign();
  const management = createManagementClient(countersign);
  const audience = "https://orders.example.com";
  const apiId = await registerApi(management, audience);
  const apiPort = await freePort();
  const apiUrl = `http://localhost:${apiPort}`;
  const common = { COUNTERSIGN_ISSUER: countersign.issuer, API_AUDIENCE: audience };
  await stage.startServer("API", "api.mjs", apiUrl, { ...common, PORT: String(apiPort) });

  stage.tell("Without a token nobody gets in.");
  const response = await fetch(`${apiUrl}/orders`);
  stage.show("GET /orders", `${response.status} ${await response.text()}`);
  assert.equal(response.status, 401);

  stage.tell("The job has a client with both scopes, and its secret in a file.");
  const scopes = ["orders:read", "reports:write"];
  const job = await registerProgram(management, { name: "Nightly report", apiId, scopes });
  const file = `${stage.temporary}/client-secret`;
  writeFileSync(file, job.clientSecret, { mode: 0o600 });
  const asJob = { ...common, API_URL: apiUrl, CLIENT_ID: job.clientId };
  const runJob = (settings: Record<string, string>) =>
    stage.run("job", [process.execPath, "job.mjs"], { ...asJob, ...settings });
  const runs = new EventEmitter();
  const runWithFile = async () => {
    const { code } = await runJob({ CLIENT_SECRET_FILE: file });
    assert.equal(code, 0, "a run of the job has failed");
    runs.emit("end");
  };
  await runWithFile();

  stage.tell("A client with orders:read alone may read the orders, and may not store the report.");
  const reader = await registerProgram(management, {
    name: "Reader",
    apiId,
    scopes: ["orders:read"],
  });
  const refused = await runJob({ CLIENT_ID: reader.clientId, CLIENT_SECRET: reader.clientSecret });
  assert.equal(refused.code, 1);
  assert.match(refused.lines.join(), /\/reports: 403 .*insufficient_scope/);

  stage.tell("The operator rotates the secret of the job, which runs all the time.");
  let isRotating = true;
  const runAllTheTime = async () => {
    while (isRotating) await runWithFile();
  };
  /** One run may have begun before, and the next one has not. */
  const twoRuns = async () => {
    await once(runs, "end");
    await once(runs, "end");
  };
  const rotate = async () => {
    await once(runs, "end");
    const everyRunHasIt = async () => {
      stage.show("operator", "the next secret is in the file, and both are valid");
      await twoRuns();
    };
    await rotateSecret(management, { clientId: job.clientId, file, everyRunHasIt });
    stage.show("operator", "the rotation is complete, and the former secret has ended");
    await twoRuns();
    isRotating = false;
  };
  await Promise.all([runAllTheTime(), rotate()]);

  stage.tell("No run has failed. Whoever has kept the former secret gets no token.");
  const late = await runJob({ CLIENT_SECRET: job.clientSecret });
  assert.equal(late.code, 1);
  assert.match(late.lines.join(), /invalid_client/);
});
