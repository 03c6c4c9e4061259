import type { DataSource } from "typeorm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client } from "../../src/clients/client.entity.js";
import { ClientList, NEWEST_FIRST } from "../../src/clients/client-list.js";
import { newClient } from "../../src/clients/new-client.js";
import { createDataSource } from "../../src/database/data-source.js";
import { SearchOfClients1763600200000 } from "../../src/database/migrations/1763600200000-search-of-clients.js";
import { Project } from "../../src/projects/project.entity.js";
import { systemCaller } from "../../src/shared/caller.js";
import { UnitOfWork } from "../../src/shared/unit-of-work.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

const NOW = new Date("2026-03-01T12:00:00.123Z");

describe("the migration for searches of clients", () => {
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

  const terms = (): Promise<{ client_id: string; term: string }[]> =>
    dataSource.query("SELECT * FROM client_search_terms ORDER BY client_id, term");

  test("makes the clients that are there already searchable, and can be taken back", async () => {
    const migrations = await dataSource.runMigrations();
    const since = migrations.findIndex(({ name }) => name === SearchOfClients1763600200000.name);
    const undo = async () => {
      for (const _ of migrations.slice(since)) await dataSource.undoLastMigration();
    };
    await undo();
    await fill(dataSource);
    const before = await terms();

    await dataSource.runMigrations();
    expect((await terms()).map(({ client_id, term }) => [client_id, term])).toEqual([
      ["first", "metadata:team"],
      ["first", "scope:read"],
      ["first", "scope:write"],
      ["first", "status:ACTIVE"],
      ["second", "status:INACTIVE"],
    ]);
    for (const lookups of [1_000_000, 0]) {
      const bounds = { lookups, namesPerTerm: 1, countedPerTerm: 1, rowsPerStep: 1 };
      const list = new ClientList(new UnitOfWork(dataSource, dataSource), bounds);
      const found = async (filter: object) => {
        const page = await list.page(systemCaller("project"), {}, filter, NEWEST_FIRST);
        return page.nodes.map(({ clientId }) => clientId);
      };
      expect(await found({ nameContains: "IRST" })).toEqual(["first"]);
      expect(await found({ status: "INACTIVE" })).toEqual(["second"]);
      expect(await found({ scopes: ["read", "write"], metadataKey: "team" })).toEqual(["first"]);
      for (const filter of [{}, { clientIds: ["first", "second"] }]) {
        const page = await list.page(systemCaller("project"), { first: 10 }, filter, NEWEST_FIRST);
        expect(page.nodes).toHaveLength(2);
      }
    }

    await undo();
    expect(await terms()).toEqual(before);
  });
});

async function fill({ manager }: DataSource): Promise<void> {
  const dates = { createdAt: NOW, updatedAt: NOW };
  await manager.insert(Project, {
    ...{ projectId: "project", name: "A project", environment: "TEST", tokenProfile: "DEFAULT" },
    ...{ accessTokenLifetimeSeconds: 3600, signingAlgorithm: "RS256", version: 1, ...dates },
  } as object);
  const noSecret = { secretHash: null, secretLastFour: null };
  const input = { name: "The First", scopes: ["read", "write"], trustedMetadata: { team: "a" } };
  const first = newClient("project", "first", input, noSecret, NOW);
  const second = newClient("project", "second", {}, noSecret, NOW);
  await manager.insert(Client, [first, { ...second, status: "INACTIVE" }] as object[]);
  for (const term of ["scope:read", "scope:write", "metadata:team"]) {
    await manager.query(`INSERT INTO client_search_terms VALUES ('project', 'first', '${term}')`);
  }
}
