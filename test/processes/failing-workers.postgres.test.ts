import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { postgresServer } from "../support/database.js";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

describe("several workers", () => {
  let processes: ServerProcesses;

  beforeAll(async () => {
    processes = await serverProcesses();
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test("cannot run on SQLite, and the error says so", async () => {
    const { code, output } = await processes.expectStartFailure({ WORKERS: "2", DATABASE_URL: "" });
    expect(code).toBe(1);
    expect(output).toBe(
      "The configuration has problems:\n- WORKERS: The embedded SQLite database allows one process: set DATABASE_URL to run several\n",
    );
  });

  test("fail to start with one error message if the database does not exist", async () => {
    const url = new URL(postgresServer ?? "");
    url.pathname = "/no_such_database";
    const settings = { WORKERS: "2", DATABASE_URL: url.href };
    const { code, output } = await processes.expectStartFailure(settings);
    expect(code).toBe(1);
    expect(output).toBe("DATABASE_URL: the database does not exist (3D000)\n");
  });

  test("that repeatedly fail to restart end the process with one error message", async () => {
    const server = await processes.start({ WORKERS: "2", MASTER_KEY: "" });
    const workers = new Set(server.log().map(({ pid }) => pid));
    expect(workers.size).toBe(2);
    writeFileSync(path.join(processes.dataDir, "master.key"), "spoiled");
    for (const pid of workers) process.kill(pid, "SIGKILL");
    expect(await server.ended).toBe(1);
    expect(server.output().match(/master\.key does not hold 32 bytes/g)).toHaveLength(1);
    expect(server.output()).toMatch(/"workers exit again and again, and none is left: stopping"/);
  });
});
