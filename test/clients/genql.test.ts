import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { createClient } from "../support/operations.js";
import { type RecordingProxy, startRecordingProxy } from "../support/recording-proxy.js";
import { runProgram } from "../support/run-program.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

const GENERATED = "programs/generated/genql";
const OUTPUT = `${TYPESCRIPT_FOLDER}/output`;

/** Management secrets, client secrets and JWTs. */
const CREDENTIAL = /cmk_|csk_|eyJ[\w-]{10,}\./;

describeUnlessMissing(missingPackages, "genql", () => {
  let server: TestServer;
  let proxy: RecordingProxy;

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startRecordingProxy(server.url);
    rmSync(OUTPUT, { recursive: true, force: true });
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** Runs a command of the packages in the folder. */
  const command = (name: string, args: string[]) =>
    runProgram(`node_modules/.bin/${name}`, args, {}, TYPESCRIPT_FOLDER);
  /** The result compiles under `strict` and `exactOptionalPropertyTypes`. */
  const generate = async (...source: string[]) => {
    rmSync(`${TYPESCRIPT_FOLDER}/${GENERATED}`, { recursive: true, force: true });
    const scalars = ["DateTime:string", "JSONObject:{ [key: string]: unknown }"];
    const options = scalars.flatMap((scalar) => ["--scalar", scalar]);
    await command("genql", ["--output", GENERATED, ...options, ...source]);
    await command("tsc", ["--project", "tsconfig.json"]);
  };

  test("takes the schema from the file", async () => {
    await generate("--schema", "../../../schema.graphql");
  });

  test("takes the schema from a running server", async () => {
    await generate("--endpoint", `${proxy.url}/graphql`);
  });

  test("makes a client that does what it is for", async () => {
    const { clientId } = await createClient(server.operator, { name: "of an action to come" });
    await server.services.unitOfWork.write((manager) =>
      manager.update(AuditEvent, { targetId: clientId }, { action: "client.teleport" }),
    );
    proxy.requests.length = 0;
    mkdirSync(OUTPUT, { recursive: true });
    writeFileSync(`${OUTPUT}/package.json`, '{ "type": "commonjs" }');
    const output = await runProgram(process.execPath, [`${OUTPUT}/genql.js`], {
      SERVER_URL: proxy.url,
      PROJECT_ID: server.projectId,
      MANAGEMENT_SECRET: server.managementSecret,
    });
    const report = JSON.parse(output);
    expect(report).toEqual({
      clientId: expect.any(String),
      verifiedScopes: ["read:users"],
      isNewSecret: true,
      listedNames: [expect.any(String)],
      deletedClientId: report.clientId,
      // A client of today's schema passes over an action that a newer server records.
      actions: expect.arrayContaining(["CLIENT_CREATE", "CLIENT_DELETE", "CLIENT_TELEPORT"]),
    });

    const operations = proxy.requests.filter(({ method }) => method === "POST");
    expect(operations.length).toBeGreaterThanOrEqual(7);
    for (const { url } of proxy.requests) expect(url).not.toMatch(CREDENTIAL);
    for (const { body } of operations) {
      const { query } = JSON.parse(body) as { query: string };
      // Caches of clients keep a query and its variables, and logs keep the text of every operation.
      expect(query.trim().startsWith("mutation") ? query : body).not.toMatch(CREDENTIAL);
    }
  });
});
