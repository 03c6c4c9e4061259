// `npm run example:customer-credentials`: two users with API keys of their own, and an API that keeps them apart.
import assert from "node:assert/strict";
import { createManagementClient } from "@countersign/sdk/management";
import { freePort, play, type Stage } from "../support/stage.ts";
import { registerApi, registerApplication } from "./operator.ts";

await play(import.meta.dirname, async (stage) => {
  stage.tell(
    "Countersign starts. An operator registers the API, and lets tokens say whose they are.",
  );
  const countersign = await stage.startCountersign();
  const management = createManagementClient(countersign);
  const audience = "https://reports.example.com";
  const apiId = await registerApi(management, audience);
  const secretOfApp = await registerApplication(management);
  const [apiPort, appPort] = [await freePort(), await freePort()];
  const apiUrl = `http://localhost:${apiPort}`;
  const appUrl = `http://localhost:${appPort}`;
  const common = { COUNTERSIGN_ISSUER: countersign.issuer, API_AUDIENCE: audience };
  await stage.startServer("API", "api.ts", apiUrl, { ...common, PORT: String(apiPort) });
  await stage.startServer("application", "app.ts", appUrl, {
    COUNTERSIGN_URL: countersign.url,
    COUNTERSIGN_PROJECT_ID: countersign.projectId,
    COUNTERSIGN_SECRET: secretOfApp,
    API_ID: apiId,
    PORT: String(appPort),
  });
  const runProgram = ({ clientId, clientSecret }: Key) =>
    stage.run("program", [process.execPath, "program.mjs"], {
      ...common,
      API_URL: apiUrl,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
    });

  stage.tell("Nobody has keys without signing in.");
  const stranger = browser(stage, appUrl, "stranger");
  assert.equal((await stranger("GET", "/keys")).status, 401);

  stage.tell("Ada signs in and creates a key. Her program gets her reports, by her plan.");
  const ada = await signIn(stage, appUrl, "ada");
  const { body: keyOfAda } = await ada<Key>("POST", "/keys", { name: "Nightly export" });
  const forAda = await runProgram(keyOfAda);
  assert.deepEqual(forAda.lines, [
    '200 {"plan":"pro","reports":["Notes on the engine","Bernoulli numbers"]}',
  ]);

  stage.tell("Grace does the same, and her program gets hers.");
  const grace = await signIn(stage, appUrl, "grace");
  const { body: keyOfGrace } = await grace<Key>("POST", "/keys", { name: "Dashboard" });
  const forGrace = await runProgram(keyOfGrace);
  assert.deepEqual(forGrace.lines, ['200 {"plan":"free","reports":["The first compiler"]}']);

  stage.tell("Each of them sees her own keys, and cannot touch another's.");
  const { body: keysOfAda } = await ada<Key[]>("GET", "/keys");
  assert.deepEqual(
    keysOfAda.map(({ clientId }) => clientId),
    [keyOfAda.clientId],
  );
  const { body: keysOfGrace } = await grace<Key[]>("GET", "/keys");
  assert.deepEqual(
    keysOfGrace.map(({ clientId }) => clientId),
    [keyOfGrace.clientId],
  );
  const theft = await grace("DELETE", `/keys/${keyOfAda.clientId}`);
  assert.equal(theft.status, 404);

  stage.tell("A client that belongs to no user gets nobody's reports, though it has the scope.");
  const { client, clientSecret } = await management.createClient({ name: "Probe", scopes: [] });
  const { clientId } = client;
  await management.createClientGrant({ clientId, apiId, scopes: ["read:reports"] });
  const forNobody = await runProgram({ clientId, clientSecret });
  assert.match(forNobody.lines.join(), /^403 /);

  stage.tell("Ada rotates her key, and deletes it. Then it gets no more tokens.");
  const path = `/keys/${keyOfAda.clientId}`;
  const { body: rotated } = await ada<Key>("POST", `${path}/rotate`);
  assert.deepEqual((await runProgram(rotated)).lines, forAda.lines);
  assert.equal((await ada("DELETE", path)).status, 204);
  const forDeleted = await runProgram(rotated);
  assert.equal(forDeleted.code, 1);
  assert.match(forDeleted.lines.join(), /invalid_client/);
});

interface Key {
  clientId: string;
  clientSecret: string;
}

/** What the page of the application does in a user's browser. It prints no secrets. */
function browser(stage: Stage, url: string, name: string, cookie = "") {
  return async <Body>(method: string, path: string, content?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: { cookie, "content-type": "application/json" },
      ...(content && { body: JSON.stringify(content) }),
    });
    const text = await response.text();
    stage.show(
      name,
      `${method} ${path} → ${response.status} ${text.replace(/csk_\w+/, "csk_…")}`.trimEnd(),
    );
    return { status: response.status, body: (text ? JSON.parse(text) : null) as Body };
  };
}

async function signIn(stage: Stage, url: string, name: string) {
  const response = await fetch(`${url}/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  const [cookie = ""] = response.headers.getSetCookie();
  return browser(stage, url, name, cookie.split(";")[0]);
}
