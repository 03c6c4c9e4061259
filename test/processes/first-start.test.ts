import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

/** Makes the first start generate the master key. */
const GENERATED_KEY = { MASTER_KEY: "" };

describe("a start", () => {
  let processes: ServerProcesses;

  beforeEach(async () => {
    processes = await serverProcesses();
  });

  afterEach(async () => {
    await processes.cleanUp();
  });

  const file = (name: string) => path.join(processes.dataDir, name);

  test("prints URL, project id, issuer and a mutation to paste", async () => {
    const server = await processes.start({ PUBLIC_URL: "http://localhost:4000" });
    const output = server.output();
    expect(output).toContain("Countersign listens on http://localhost:4000/graphql");
    expect(output).toMatch(/project id +process-test/);
    expect(output).toMatch(/issuer +http:\/\/localhost:4000\/projects\/process-test\n/);
    expect(output).toContain("export COUNTERSIGN_URL=http://localhost:4000\n");
    expect(output).toContain("mutation { createClient(");
    await server.end("SIGTERM");
  });

  test("creates a master key that only its owner can read", async () => {
    const server = await processes.start(GENERATED_KEY);
    expect(statSync(file("master.key")).mode & 0o777).toBe(0o600);
    await server.end("SIGTERM");
  });

  test("syncs the master key and every new directory entry before anything sealed is stored", async () => {
    const record = file("syncs");
    const server = await processes.start({
      ...GENERATED_KEY,
      DATA_DIR: file("new/data"),
      NODE_OPTIONS: `--import=${path.resolve("test/support/record-syncs.mjs")}`,
      SYNC_RECORD: record,
    });
    await server.end("SIGTERM");
    expect(readFileSync(record, "utf8").trimEnd().split("\n")).toEqual([
      "fsync .., no database",
      "fsync ../.., no database",
      "fsync master.key.tmp, no database",
      "link master.key.tmp master.key, no database",
      "fsync ., no database",
      // The entries of the database and its log.
      "fsync ., nothing sealed",
    ]);
  });

  test("keeps a generated secret out of its output and for its owner alone", async () => {
    const server = await processes.start({ BOOTSTRAP_PROJECT_SECRET: "" });
    expect(server.output()).toContain(`management secret  in ${file("management-secret")}`);
    expect(server.output()).not.toContain("cmk_");
    expect(statSync(file("management-secret")).mode & 0o777).toBe(0o600);
    const secret = readFileSync(file("management-secret"), "utf8").trim();
    const operator = new GraphqlClient(server.url, basicAuthorization(server.projectId, secret));
    expect((await operator.request("{ project { projectId } }")).project).toEqual({
      projectId: server.projectId,
    });
    await server.end("SIGTERM");
  });

  test("names variables that look like settings, without their values", async () => {
    const server = await processes.start({
      COUNTERSIGN_LOG_LEVEL: "debug",
      DATABASE_URI: "marker",
    });
    expect(server.output()).toContain(
      "COUNTERSIGN_LOG_LEVEL is not a setting and has no effect: did you mean LOG_LEVEL?\n" +
        "DATABASE_URI is not a setting and has no effect: did you mean DATABASE_URL?\n",
    );
    expect(server.output()).not.toContain("marker");
    await server.end("SIGTERM");
  });

  test("warns of a master key that every user of the machine can read", async () => {
    await (await processes.start(GENERATED_KEY)).end("SIGTERM");
    chmodSync(file("master.key"), 0o644);
    const server = await processes.start(GENERATED_KEY);
    expect(server.output()).toContain(
      `DATA_DIR: every user of this machine can read ${file("master.key")}: run chmod 600 on it\n`,
    );
    await server.end("SIGTERM");
  });

  test("has its project in the file of the database, which is copied without its log", async () => {
    const server = await processes.start(GENERATED_KEY);
    const copy = file("copy");
    mkdirSync(copy);
    for (const name of ["countersign.sqlite", "master.key"]) {
      copyFileSync(file(name), path.join(copy, name));
    }
    const started = await processes.start({
      ...GENERATED_KEY,
      DATA_DIR: copy,
      BOOTSTRAP_PROJECT_ID: "another",
    });
    expect(started.output()).toContain("BOOTSTRAP_PROJECT_ID is ignored");
    await started.end("SIGTERM");
    await server.end("SIGTERM");
  });

  test("refuses a new database beside the master key of a lost one", async () => {
    await (await processes.start(GENERATED_KEY)).end("SIGTERM");
    for (const name of ["", "-wal", "-shm"])
      rmSync(file(`countersign.sqlite${name}`), { force: true });
    for (const changes of [GENERATED_KEY, {}]) {
      const { code, output } = await processes.expectStartFailure(changes);
      expect(code).toBe(1);
      expect(output).toMatch(/^DATA_DIR: \S+master\.key exists without its database .*anew\n$/);
    }
    expect(existsSync(file("countersign.sqlite"))).toBe(false);
    rmSync(file("master.key"));
    await (await processes.start(GENERATED_KEY)).end("SIGTERM");
  });

  test("refuses a master key that does not open the database", async () => {
    await (await processes.start()).end("SIGTERM");
    const { code, output } = await processes.expectStartFailure({
      MASTER_KEY: randomBytes(32).toString("base64"),
    });
    expect(code).toBe(1);
    expect(output).toContain("sealed with another master key: add it to MASTER_KEY");
  });

  test("takes secrets from files", async () => {
    writeFileSync(file("key"), `${randomBytes(32).toString("base64")}\n`);
    writeFileSync(file("secret"), "a management secret of a server process\n");
    const server = await processes.start({
      MASTER_KEY: "",
      MASTER_KEY_FILE: file("key"),
      BOOTSTRAP_PROJECT_SECRET: "",
      BOOTSTRAP_PROJECT_SECRET_FILE: file("secret"),
    });
    const { project } = await server.operator.request("{ project { environment } }");
    expect(project.environment).toBe("LIVE");
    expect(existsSync(file("master.key"))).toBe(false);
    await server.end("SIGTERM");
  });
});
