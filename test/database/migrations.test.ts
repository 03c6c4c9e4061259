import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { DataSource } from "typeorm";
import { startCountersign } from "../../src/countersign.js";
import { createDataSource } from "../../src/database/data-source.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { FrozenClock } from "../support/frozen-clock.js";
import { PUBLIC_URL } from "../support/test-server.js";

describe("the migrations", () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await freshDatabase();
    dataSource = await createDataSource(database.location).initialize();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const drift = async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  };
  const tables = async () => {
    const runner = dataSource.createQueryRunner();
    try {
      const found = await runner.getTables(
        dataSource.entityMetadatas.map(({ tableName }) => tableName),
      );
      return found.map(({ name }) => name);
    } finally {
      await runner.release();
    }
  };

  test("make exactly the schema that the entities describe", async () => {
    expect((await drift()).length).toBeGreaterThan(0);
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
  });

  test("go down to nothing and up again", async () => {
    const ran = await dataSource.runMigrations();
    for (const _ of ran) await dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
    expect(await tables()).toHaveLength(dataSource.entityMetadatas.length);
  });

  test("run once", async () => {
    await dataSource.runMigrations();
    expect(await dataSource.runMigrations()).toEqual([]);
  });
});

/** One process per SQLite file is the rule; several share a PostgreSQL. */
const shared = process.env["TEST_DATABASE_URL"] ? describe : describe.skip;

shared("servers that start at once on an empty database", () => {
  test.each([
    [
      "with the same settings",
      { id: "shared-project", secret: "one secret for all of the servers" },
    ],
    ["with no settings at all", { id: undefined, secret: undefined }],
  ])("%s make one project and all serve it", async (_what, { id, secret }) => {
    const database = await freshDatabase();
    const masterKeys = [new Uint8Array(randomBytes(32))] as [Uint8Array];
    const servers = await Promise.all(
      Array.from({ length: 3 }, () =>
        startCountersign({
          host: "127.0.0.1",
          port: 0,
          publicUrl: PUBLIC_URL,
          database: database.location,
          masterKeys,
          clock: new FrozenClock(),
          allowInsecureJwks: false,
          logLevel: "silent",
      trustedProxies: [],
          bootstrapProjectId: id,
          bootstrapProjectSecret: secret,
        }),
      ),
    );
    try {
      expect(servers.filter(({ firstProject }) => firstProject !== null).length).toBe(1);
      const seen = await Promise.all(
        servers.map(({ services }) => services.projects.findDefault()),
      );
      expect(new Set(seen.map((project) => project?.projectId)).size).toBe(1);
      const { dataSource } = (servers[0] as (typeof servers)[0]).services.unitOfWork.read;
      const [{ count }] = await dataSource.query("SELECT count(*)::int AS count FROM projects");
      expect(count).toBe(1);
    } finally {
      for (const server of servers) await server.close();
      await database.drop();
    }
  });
});
