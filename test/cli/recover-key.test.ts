import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDatabase } from "../../src/database/open-database.js";
import { migrationsOf } from "../../src/database/releases.js";
import { revertMigrations } from "../../src/database/revert-migrations.js";
import { runCommand } from "../support/command-line.js";
import { freshDatabase, postgresServer } from "../support/database.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import { PROJECT_ID, type ServerProcesses, serverProcesses } from "../support/server-process.js";

const MASTER_KEY = randomBytes(32).toString("base64url");
const KEYS = "{ managementKeys { nodes { managementKeyId name permissions expiresAt } } }";

let processes: ServerProcesses;
let env: Record<string, string>;

beforeAll(async () => {
  processes = await serverProcesses();
  env = { DATA_DIR: processes.dataDir, MASTER_KEY, ...processes.databaseSettings };
});

afterAll(async () => {
  await processes.cleanUp();
});

test("a new management key is made on the host, with an audit event", async () => {
  const former = await processes.start({ MASTER_KEY });
  if (!postgresServer) {
    const refused = await runCommand(["recover-key"], env);
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("another process has the SQLite database"),
    });
    await former.end("SIGTERM");
  }
  const { exitCode, stdout, stderr } = await runCommand(["recover-key", "--json"], env);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const { managementKeyId, secretFile, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ projectId: PROJECT_ID });
  expect(secretFile).toBe(path.join(processes.dataDir, "management-secret"));
  expect(statSync(secretFile).mode & 0o777).toBe(0o600);

  const server = postgresServer ? former : await processes.start({ MASTER_KEY });
  const secret = readFileSync(secretFile, "utf8").trim();
  const recovered = new GraphqlClient(server.url, basicAuthorization(PROJECT_ID, secret));
  const { managementKeys } = await recovered.request(KEYS);
  const key = managementKeys.nodes.find(
    (node: { managementKeyId: string }) => node.managementKeyId === managementKeyId,
  );
  expect(key).toMatchObject({ name: "Recovered on the host", expiresAt: null });
  expect(key.permissions).toEqual(
    managementKeys.nodes.find((node: { name: string }) => node.name !== key.name).permissions,
  );
  const { auditEvents } = await recovered.request(
    `{ auditEvents(filter: { targetId: "${managementKeyId}" }) { nodes { action actorType } } }`,
  );
  expect(auditEvents.nodes).toEqual([{ action: "MANAGEMENT_KEY_CREATE", actorType: "SYSTEM" }]);
  await server.end("SIGTERM");
});

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ["a project that does not exist", ["--project", "project_x"], {}, 2, /^There is no such project/],
  ["a name that is empty", ["--name", ""], {}, 3, /Must have at least 1 character/],
  [
    "a place without a database",
    [],
    { DATA_DIR: "/nowhere", DATABASE_URL: "" },
    3,
    /^DATA_DIR: .* is not there/,
  ],
])("%s is refused", async (_title, args, changes, exitCode, sentence) => {
  const result = await runCommand(["recover-key", ...args], { ...env, ...changes });
  expect([result.exitCode, result.stderr]).toEqual([exitCode, expect.stringMatching(sentence)]);
});

test("the database of an earlier version is refused, and stays as it is", async () => {
  const database = await freshDatabase();
  const { location } = database;
  try {
    await (await openDatabase(location, () => {})).close();
    await revertMigrations(location, migrationsOf("0.2.0") ?? []);
    const changes: Record<string, string> =
      "url" in location
        ? { DATABASE_URL: location.url }
        : { DATA_DIR: path.dirname(location.file) };
    const recover = () => runCommand(["recover-key"], { ...env, ...changes });
    const refusal = {
      exitCode: 3,
      stderr: expect.stringContaining("the schema of an earlier version"),
    };
    expect(await recover()).toMatchObject(refusal);
    expect(await recover()).toMatchObject(refusal);
  } finally {
    await database.drop();
  }
});
