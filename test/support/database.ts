import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { createDataSource, type DatabaseLocation } from "../../src/database/data-source.js";
import { migrations } from "../../src/database/migrations/index.js";
import { createDatabase, dropDatabase } from "./postgres-databases.mjs";

export interface TestDatabase {
  location: DatabaseLocation;
  drop(): Promise<void>;
}

/** URL of this run's PostgreSQL server; null on SQLite. */
export const postgresServer = process.env["TEST_DATABASE_URL"] ?? null;

/** Host and port of a pooler in front of that server, through which servers under test connect to it. */
const pooler = process.env["TEST_POOLER"] ?? null;

/** Creates an empty database, on the engine that this run is for. */
export async function freshDatabase(): Promise<TestDatabase> {
  return postgresServer ? postgresDatabase(postgresServer) : sqliteDatabase();
}

/** Copies a migrated database, which is much faster than running the migrations. */
export async function migratedDatabase(): Promise<TestDatabase> {
  const template = process.env["TEST_DATABASE_TEMPLATE"];
  return postgresServer ? postgresDatabase(postgresServer, template) : sqliteDatabase(template);
}

/** Reverts a migration and all later ones, as `npm run typeorm -- migration:revert` does one by one. */
export async function revertMigrations(
  location: DatabaseLocation,
  first: (typeof migrations)[number],
): Promise<void> {
  const dataSource = await createDataSource(location).initialize();
  try {
    const later = migrations.slice(migrations.indexOf(first));
    for (const _ of later) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

function sqliteDatabase(template?: string): TestDatabase {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-"));
  const file = path.join(folder, "countersign.sqlite");
  if (template) copyFileSync(template, file);
  return {
    location: { file },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgresDatabase(server: string, template?: string): Promise<TestDatabase> {
  const url = await createDatabase(server, template);
  return { location: { url: throughPooler(url) }, drop: () => dropDatabase(server, url) };
}

function throughPooler(url: string): string {
  return pooler ? Object.assign(new URL(url), { host: pooler }).href : url;
}
