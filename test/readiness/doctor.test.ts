import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/shared/clock.js";
import { runCommand } from "../support/command-line.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { createClient, updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("countersign doctor", () => {
  let database: TestDatabase;
  let server: TestServer;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await freshDatabase();
    const masterKey = randomBytes(32);
    server = await startTestServer({
      database: database.location,
      clock: systemClock as never,
      masterKeys: [new Uint8Array(masterKey)],
    });
    const { location } = database;
    if ("file" in location) chmodSync(location.file, 0o600);
    env = {
      MASTER_KEY: masterKey.toString("base64url"),
      ...("url" in location
        ? { DATABASE_URL: location.url }
        : { DATA_DIR: path.dirname(location.file) }),
    };
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 7200 });
    await createClient(server.operator, {});
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const doctor = (...flags: string[]) => runCommand(["doctor", "--offline", ...flags], env);
  // The tests' PostgreSQL is fast instead of durable.
  const KNOWN = ["no-backup", "project-token-lifetime", "postgres-not-durable"];

  test("finds what is wrong beside a running server, and ends with 1", async () => {
    const { exitCode, stdout } = await doctor("--level", "warning");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Access tokens live longer than an hour (project-token-lifetime)");
    expect(stdout).toContain("(Default) gives tokens of 7200 seconds.");
    expect(stdout).toMatch(/\d findings in \d+ checks\.\n$/);
  });

  test("shows no character of a name that controls the terminal", async () => {
    await updateProject(server.operator, { name: "Pay\u009b31m\u202elanoll" });
    const { stdout } = await doctor("--level", "warning");
    expect(stdout).toContain("(Pay\ufffd31m\ufffdlanoll) gives tokens of 7200 seconds.");
    await updateProject(server.operator, { name: "Default" });
  });

  test("tells programs the same as JSON", async () => {
    const { exitCode, stdout } = await doctor("--json");
    const report = JSON.parse(stdout);
    expect(exitCode).toBe(1);
    const check = report.checks.find(
      ({ checkId }: { checkId: string }) => checkId === "project-token-lifetime",
    );
    expect(check).toMatchObject({
      level: "WARNING",
      findingCount: 1,
      findings: [{ projectId: server.projectId, targetType: "project" }],
    });
    expect(report.checksRun.length).toBeGreaterThanOrEqual(70);
  });

  test("ends with 0 if nothing is left", async () => {
    const { exitCode, stdout } = await doctor("--level", "warning", "--skip", ...KNOWN);
    expect(stdout).toMatch(/^0 findings in \d+ checks\.\n$/);
    expect(exitCode).toBe(0);
  });

  test("ends with 2 for an unknown check or level, and with 3 without a database", async () => {
    expect(await doctor("--skip", "no-such-check")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await doctor("--level", "low")).toMatchObject({ exitCode: 2, stdout: "" });
    const nowhere = await runCommand(["doctor"], { DATA_DIR: "/nonexistent" });
    expect(nowhere).toMatchObject({ exitCode: 3, stdout: "" });
  });

  test("ends with 3 for a master key that does not open the signing keys", async () => {
    const MASTER_KEY = randomBytes(32).toString("base64url");
    const result = await runCommand(["doctor", "--offline"], { ...env, MASTER_KEY });
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: "",
      stderr: expect.stringMatching(/^MASTER_KEY: /),
    });
  });
});
