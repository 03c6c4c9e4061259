import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/database/data-source.js";
import { Projects1796200000000 } from "../../src/database/migrations/1796200000000-projects.js";
import { migrations } from "../../src/database/migrations/index.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

const FORMER_PERMISSIONS = Array.from({ length: 22 }, (_, index) => `kind${index}:read`);
const NOW = "2026-03-01 12:00:00.000";

describe("the migration of projects", () => {
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

  const insert = async (table: string, row: Record<string, unknown>) => {
    const values = Object.values(row).map((value) =>
      typeof value === "string" ? `'${value}'` : String(value),
    );
    await dataSource.query(
      `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${values.join(", ")})`,
    );
  };
  const versioned = { created_at: NOW, updated_at: NOW, version: 1 };

  async function fill() {
    const project = (project_id: string, changes: object = {}) =>
      insert("projects", {
        project_id,
        name: project_id,
        environment: "LIVE",
        issuer: null,
        issuer_host: null,
        token_profile: "DEFAULT",
        access_token_lifetime_seconds: 3600,
        signing_algorithm: "RS256",
        ...versioned,
        ...changes,
      });
    await project("first");
    await project("a-later-one", {
      created_at: "2026-04-01 12:00:00.000",
      issuer: "https://auth.example.org/",
      issuer_host: "auth.example.org",
    });
    await insert("apis", {
      api_id: "api_1",
      project_id: "a-later-one",
      identifier: "https://api.example.org",
      name: "API",
      scopes: "[]",
      access_token_lifetime_seconds: 2_592_000,
      token_profile: "DEFAULT",
      allow_omitted_scope: true,
      permissions_claim: true,
      ...versioned,
    });
    const key = (id: string, project_id: string, permissions: string[]) =>
      insert("management_keys", {
        management_key_id: id,
        project_id,
        name: id,
        permissions: JSON.stringify(permissions),
        secret_hash: id,
        last_four: "abcd",
        created_at: NOW,
      });
    await key("root", "first", FORMER_PERMISSIONS);
    await key("reader", "first", FORMER_PERMISSIONS.slice(1));
    await key("other-root", "a-later-one", FORMER_PERMISSIONS);
  }

  test("carries the rows of a database over", async () => {
    const later = migrations.slice(migrations.indexOf(Projects1796200000000));
    await dataSource.runMigrations();
    for (const _ of later) await dataSource.undoLastMigration();
    await fill();
    await dataSource.runMigrations();
    const rows = (columns: string, table: string) =>
      dataSource.query(`SELECT ${columns} FROM ${table} ORDER BY 1`);
    const projects = await rows(
      "project_id, is_first, maximum_access_token_lifetime_seconds AS longest",
      "projects",
    );
    expect(
      projects.map((project: { project_id: string; is_first: unknown; longest: number }) => [
        project.project_id,
        Boolean(project.is_first),
        project.longest,
      ]),
    ).toEqual([
      ["a-later-one", false, 2_592_000],
      ["first", true, 86_400],
    ]);
    expect(await rows("location, project_id, issuer, ends_at", "project_issuers")).toEqual([
      {
        location: "auth.example.org",
        project_id: "a-later-one",
        issuer: "https://auth.example.org/",
        ends_at: null,
      },
    ]);
    const keys = await rows("management_key_id, permissions, version", "management_keys");
    const withOthers = [...FORMER_PERMISSIONS, "projects:read", "projects:write"];
    expect(
      keys.map((key: { management_key_id: string; permissions: string; version: number }) => [
        key.management_key_id,
        JSON.parse(key.permissions),
        key.version,
      ]),
    ).toEqual([
      ["other-root", FORMER_PERMISSIONS, 1],
      ["reader", FORMER_PERMISSIONS.slice(1), 1],
      ["root", withOthers, 1],
    ]);
    expect(await rows("api_id", "apis")).toHaveLength(1);
  });
});
