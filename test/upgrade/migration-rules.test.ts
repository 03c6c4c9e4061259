import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { DataSource, QueryRunner } from "typeorm";
import { createMigrationDataSource, MIGRATION_NAMES } from "../../src/database/data-source.js";
import { migrations } from "../../src/database/migrations/index.js";
import { migrationsOf, NEEDS_STOP, RELEASES } from "../../src/database/releases.js";
import { planUpgrade } from "../../src/database/upgrade-plan.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { tablesNow, whatFailsEarlier } from "./earlier-processes.js";

const timestampOf = (name: string) => Number(/\d{13}$/.exec(name)?.[0]);
const [latest] = Object.keys(RELEASES).slice(-1);
const released = migrationsOf(latest ?? "") ?? [];

test("migrations have the order of their timestamps, each of its own", () => {
  const timestamps = MIGRATION_NAMES.map(timestampOf);
  expect(timestamps).toEqual([...new Set(timestamps)].sort((one, other) => one - other));
});

test("each version of the changelog is a release whose last migration is known", () => {
  const versions = readFileSync("CHANGELOG.md", "utf8").matchAll(/^## (\d+\.\d+\.\d+)$/gm);
  expect(Object.keys(RELEASES)).toEqual([...versions].map(([, version]) => version).reverse());
  for (const version of Object.keys(RELEASES)) expect(migrationsOf(version)).not.toEqual([]);
});

test("only unreleased migrations that exist need a stop", () => {
  const known = MIGRATION_NAMES.filter((name) => !released.includes(name));
  expect(Object.keys(NEEDS_STOP).filter((name) => !known.includes(name))).toEqual([]);
});

test("an upgrade that runs one of them stops all processes first, but with SQLite", () => {
  const [name = ""] = MIGRATION_NAMES.slice(-1);
  const needsStop = NEEDS_STOP as Record<string, string>;
  const former = needsStop[name];
  needsStop[name] = "it renames a column";
  try {
    const plan = (location: { url: string } | { file: string }) => planUpgrade(location, released);
    expect(plan({ url: "postgres://host" })).toMatchObject({
      upgrade: "STOP",
      stopReasons: ["it renames a column"],
    });
    expect(plan({ file: "file" })).toMatchObject({ upgrade: "RESTART" });
  } finally {
    if (former === undefined) delete needsStop[name];
    else needsStop[name] = former;
  }
});

describe(`processes of version ${latest}`, () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await createMigrationDataSource(database.location, released).initialize();
    await dataSource.runMigrations();
    runner = dataSource.createQueryRunner();
  });

  afterAll(async () => {
    await runner.release();
    await dataSource.destroy();
    await database.drop();
  });

  const later = migrations.filter(({ name }) => !released.includes(name));
  test.each(later.map((Migration) => [Migration.name, Migration] as const))(
    "go on after %s",
    async (_, Migration) => {
      const before = await tablesNow(runner);
      await new Migration().up(runner);
      if (NEEDS_STOP[Migration.name] !== undefined) return;
      expect(whatFailsEarlier(before, await tablesNow(runner))).toEqual([]);
    },
  );

  test.each<[string, string | null]>([
    ["ALTER TABLE clients ADD COLUMN tier varchar", null],
    ["ALTER TABLE clients DROP COLUMN description", "clients.description is gone: they read it"],
    ["ALTER TABLE clients RENAME COLUMN name TO title", "clients.name is gone: they read it"],
    ["DROP TABLE revoked_tokens", "revoked_tokens is gone: they read it"],
    [
      "ALTER TABLE clients ALTER COLUMN name SET NOT NULL",
      "clients.name cannot be null: they write null",
    ],
    [
      "ALTER TABLE clients ADD COLUMN tier varchar; ALTER TABLE clients ALTER COLUMN tier SET NOT NULL",
      "clients.tier is required: they omit it",
    ],
    [
      "CREATE UNIQUE INDEX one_name ON clients (name)",
      "clients has a new constraint that they may break: unique name",
    ],
    [
      "CREATE TABLE notes (id varchar PRIMARY KEY, project varchar REFERENCES projects (project_id))",
      "notes forbids them to delete from projects",
    ],
  ])("%s: %s", async (sql, failure) => {
    const before = await tablesNow(runner);
    await runner.startTransaction();
    try {
      for (const statement of sql.split("; ")) await runner.query(statement);
      const failures = whatFailsEarlier(before, await tablesNow(runner));
      expect(failures).toEqual(failure === null ? [] : expect.arrayContaining([failure]));
    } finally {
      await runner.rollbackTransaction();
    }
  });
});
