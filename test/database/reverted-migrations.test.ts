import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { DataSource } from "typeorm";
import { Backup } from "../../src/backup/backup.entity.js";
import { createDataSource } from "../../src/database/data-source.js";
import { ContractNames1796050000000 } from "../../src/database/migrations/1796050000000-contract-names.js";
import { Observation } from "../../src/observations/observation.entity.js";
import { ConsumedId } from "../../src/persistence/consumed-id.entity.js";
import { RateLimitCounter } from "../../src/rate-limit/rate-limit-counter.entity.js";
import { ReadinessDismissal } from "../../src/readiness/readiness-dismissal.entity.js";
import { PublishedKey } from "../../src/signing-keys/published-key.entity.js";
import { RevokedToken } from "../../src/tokens/revoked-token.entity.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createProject, PROJECTS } from "../projects/project-operations.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  createClient,
  importClient,
  issueToken,
  START_ROTATION,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";

/** Tables whose rows are lost with them: processes or operators write them again. */
const NOT_KEPT = ["observations", "client_usage", "scope_uses", "backups", "readiness_dismissals"];
/** Tables that the initial schema has not, or not with all rows: the rest of them is made anew. */
const LATER_TABLES = [
  ...NOT_KEPT,
  "client_search_terms",
  "client_secrets",
  "project_issuers",
  "workload_issuers",
];

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startTestServer({ database: database.location });
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function withDatabase<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const dataSource = await createDataSource(database.location).initialize();
  return work(dataSource).finally(() => dataSource.destroy());
}

const tableNames = ({ entityMetadatas }: DataSource) =>
  entityMetadatas.map(({ tableName }) => tableName);

/**
 * Every row of every table, in any order, but for random values that are the server's own, and for who made a
 * credential or started a session, and since when scopes are noted, which a reversal forgets.
 */
const allRows = () =>
  withDatabase(async (dataSource) => {
    const tables = new Map<string, string[]>();
    for (const table of tableNames(dataSource)) {
      const rows = await dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${table}`);
      const texts = rows.map(
        ({
          secret_id,
          token_generation,
          maker,
          keys_maker,
          started_by_member,
          scope_use_since,
          ...row
        }) => JSON.stringify(Object.entries(row).sort()),
      );
      tables.set(table, texts.sort());
    }
    return Object.fromEntries(tables);
  });

const counts = (tables: string[]) =>
  withDatabase(async (dataSource) => {
    const numbers: Record<string, number> = {};
    for (const table of tables) {
      const [row] = await dataSource.query(`SELECT COUNT(*) AS rows FROM ${table}`);
      numbers[table] = Number(row.rows);
    }
    return numbers;
  });

/** Rows that a test of a few requests does not leave by itself. */
async function insertRemains() {
  const { projectId } = server;
  const expiresAt = new Date(server.clock.now().getTime() + 3_600_000);
  await server.services.unitOfWork.write(async (manager) => {
    await manager.insert(RevokedToken, { projectId, jti: "revoked", expiresAt });
    await manager.insert(Observation, {
      ...{ kind: "HOUSEKEEPING_FAILS", subject: "a task", detail: "has failed" },
      observedAt: server.clock.now(),
    });
    const made = { createdAt: server.clock.now(), isEncrypted: false, restoredAt: null };
    await manager.insert(Backup, { backupId: "backup", ...made });
    const dismissal = { projectId, checkId: "no-backup", targetId: "backup", note: "Snapshots." };
    await manager.insert(ReadinessDismissal, { ...dismissal, dismissedAt: server.clock.now() });
    await manager.insert(ConsumedId, { digest: "consumed", expiresAt });
    await manager.insert(RateLimitCounter, { key: "counter", count: 3, windowEndsAt: expiresAt });
    const key = { kid: "foreign", publicJwk: { kty: "EC" }, createdAt: server.clock.now() };
    await manager.insert(PublishedKey, { projectId, ...key, expiresAt });
  });
}

test("all migrations after the initial schema can be reverted and run again without losing a row", async () => {
  const { operator, clock } = server;
  clock.advance(1);
  const withHost = await createProject(server);
  await updateProject(withHost.operator, { issuer: "https://login.example.org/" });
  const withPath = await createProject(server);
  await updateProject(withPath.operator, { issuer: "https://login.example.org/tenants/one/" });
  // A reversal loses former issuers. Here they have ended before.
  clock.advance(2 * 86_400);
  await sweepExpired(server);
  const api = await createApi(operator);
  const trustedMetadata = { tier: "gold", seats: 3 };
  const client = await createClient(operator, { trustedMetadata, idempotencyKey: "once" });
  await createGrant(operator, client, api);
  const imported = await importClient(operator, {
    clientId: "imported",
    clientSecret: "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2",
  });
  const { startSecretRotation: staged } = await operator.request(START_ROTATION, {
    input: { clientId: imported.clientId },
  });
  const { startSession, organizationId } = await createSessionMember(server, operator);
  const { sessionToken } = await startSession();
  await createProfile(operator, {
    keys: { jwksUrl: "https://issuer.example.com/keys" },
    clientId: client.clientId,
    claimConditions: [{ claim: "sub", operator: "EQUALS", values: ["billing"] }],
  });
  const ofOther = await createClient(withPath.operator);
  await insertRemains();
  const { authenticator } = server.services;
  await issueToken(server.anonymous, client);
  await authenticator.lastUsed.flush();
  await authenticator.secretLastUsed.flush();
  await server.restart();

  const before = await allRows();
  for (const [table, rows] of Object.entries(before))
    expect([table, rows]).not.toEqual([table, []]);
  const initial = Object.keys(before).filter((table) => !LATER_TABLES.includes(table));
  const countsBefore = await counts(initial);
  await revertMigrations(database.location, ContractNames1796050000000);
  expect(await counts(initial)).toEqual(countsBefore);
  await withDatabase((dataSource) => dataSource.runMigrations());
  const after = await allRows();
  for (const table of NOT_KEPT) after[table] = before[table] ?? [];
  expect(after).toEqual(before);

  await server.restart();
  await issueToken(server.anonymous, client, { audience: api.identifier });
  await issueToken(server.anonymous, {
    clientId: imported.clientId,
    clientSecret: staged.nextClientSecret,
  });
  const { projectId } = withPath;
  await issueToken(server.anonymous, ofOther, { projectId });
  const { session } = await authenticate(server.operator, { sessionToken });
  expect(session.organizationId).toBe(organizationId);
  expect((await server.operator.request(PROJECTS)).projects.totalCount).toBe(3);
});
