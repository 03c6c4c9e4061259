import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.js";
import { HOST_CHECKS } from "../../src/readiness/host-checks.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { roomyDisk } from "./reference-deployment.js";

describe("a fault that is planted in PostgreSQL", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.stop());

  /** @param change SQL whose effect ends with the transaction */
  const found = async (id: string, change = "SELECT 1", changes: Record<string, string> = {}) => {
    const env = { DATABASE_URL: "postgres://localhost/countersign", ...changes };
    const undo = new Error("undo");
    let subjects: string[] = [];
    await server.services.unitOfWork
      .write(async (read) => {
        await read.query(change);
        const now = new Date();
        const config = readConfig(env);
        const context = { config, env, read, observations: [], now, statfs: roomyDisk };
        const findings = await HOST_CHECKS.find((check) => check.id === id)?.find(context);
        subjects = (findings ?? []).map(({ subject }) => subject);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return subjects;
  };

  test("postgres-connections", async () => {
    expect(await found("postgres-connections")).toEqual([]);
    const settings = { DATABASE_POOL_SIZE: "1000", WORKERS: "64" };
    expect(await found("postgres-connections", "SELECT 1", settings)).toEqual([
      "DATABASE_POOL_SIZE",
    ]);
  });

  test("postgres-not-durable", async () => {
    const durable = "SET LOCAL synchronous_commit = on";
    expect(await found("postgres-not-durable", durable)).not.toContain("synchronous_commit");
    const lazy = "SET LOCAL synchronous_commit = off";
    expect(await found("postgres-not-durable", lazy)).toContain("synchronous_commit");
  });

  test("name-index-missing", async () => {
    const change = "DROP INDEX IF EXISTS client_name_trigrams";
    expect(await found("name-index-missing", change)).toEqual(["client_name_trigrams"]);
    const [row] = await server.services.unitOfWork.read.query(
      "SELECT to_regclass('client_name_trigrams') AS name_index",
    );
    const isThere = (row as { name_index: string | null }).name_index !== null;
    expect(await found("name-index-missing")).toEqual(isThere ? [] : ["client_name_trigrams"]);
  });
});
