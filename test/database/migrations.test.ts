import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/database/data-source.js";
import { migrations } from "../../src/database/migrations/index.js";
import { openDatabase } from "../../src/database/open-database.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

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
  const entities = () => dataSource.entityMetadatas.filter(({ synchronize }) => synchronize);
  const tables = async () => {
    const runner = dataSource.createQueryRunner();
    try {
      const existing = await runner.getTables(entities().map(({ tableName }) => tableName));
      return existing.map(({ name }) => name);
    } finally {
      await runner.release();
    }
  };

  test("create exactly the schema that the entities describe", async () => {
    expect((await drift()).length).toBeGreaterThan(0);
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
  });

  test("can be reverted completely and run again", async () => {
    const ran = await dataSource.runMigrations();
    for (const _ of ran) await dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
    expect(await tables()).toHaveLength(entities().length);
  });

  test("revert to exactly the schema before them, with foreign keys in force", async () => {
    const runner = dataSource.createQueryRunner();
    const schema = async () => {
      const existing = await runner.getTables(entities().map(({ tableName }) => tableName));
      const tables = existing.map(({ name, columns, indices, foreignKeys }) => ({
        name,
        columns: columns
          .map((column) => [column.name, column.type, column.isNullable, column.default])
          .sort(),
        indices: indices
          .map((index) => [index.name, index.columnNames, index.isUnique, index.where])
          .sort(),
        foreignKeys: foreignKeys.map((key) => [key.name, key.columnNames]).sort(),
      }));
      return tables.sort((one, other) => one.name.localeCompare(other.name));
    };
    const schemas = [];
    const all = migrations.map((Migration) => new Migration());
    for (const migration of all) {
      schemas.push(await schema());
      await migration.up(runner);
    }
    expect(await drift()).toEqual([]);
    for (const migration of all.reverse()) {
      await migration.down(runner);
      expect(await schema()).toEqual(schemas.pop());
    }
    await runner.release();
  });

  test("run once", async () => {
    await dataSource.runMigrations();
    expect(await dataSource.runMigrations()).toEqual([]);
  });

  /** Records a migration that this version does not have. */
  const recordMigration = (name: string) =>
    dataSource.query(`INSERT INTO migrations (timestamp, name) VALUES (1, '${name}')`);
  const opening = () => openDatabase(database.location, () => {});

  test("do not run on a database of a newer version", async () => {
    await (await opening()).close();
    await recordMigration("SomethingNew1999000000000");
    await expect(opening()).rejects.toThrow(
      `A newer version of Countersign created this database: its schema is SomethingNew1999000000000, and this version knows none after ${migrations.at(-1)?.name}: run that version or a later one`,
    );
  });

  test("do not run on a database of a version before 0.2", async () => {
    await dataSource.runMigrations();
    await dataSource.query("DELETE FROM migrations");
    await recordMigration("ProjectsAndClients1763600000000");
    await expect(opening()).rejects.toThrow(
      "A development version of Countersign created this database, which cannot be converted: use a new one",
    );
    expect(await dataSource.query("SELECT name FROM migrations")).toHaveLength(1);
  });
});
