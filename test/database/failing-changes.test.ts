import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { postgresServer } from "../support/database.js";
import { CREATE_CLIENT, createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LOSE_CONNECTION = "PERFORM pg_terminate_backend(pg_backend_pid())";
const fail = (code: string) => `RAISE EXCEPTION 'marker' USING ERRCODE = '${code}'`;
const isPostgres = postgresServer !== null;

describe("a change that the database cannot take now", () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
  });

  afterEach(async () => {
    await server.stop();
  });

  const run = (sql: string) => server.services.unitOfWork.write((manager) => manager.query(sql));
  const create = () => server.operator.send(CREATE_CLIENT, { input: { scopes: [] } });
  const countAll = async () => {
    const query = `{
      clients { totalCount }
      auditEvents(filter: { action: CLIENT_CREATE }) { totalCount }
    }`;
    const { clients, auditEvents } = await server.operator.request(query);
    return [clients.totalCount, auditEvents.totalCount];
  };

  const onPostgres: [what: string, sabotage: string[], repair: string[]][] = [
    [
      "whose connection is lost midway",
      trigger("AFTER INSERT ON clients", LOSE_CONNECTION),
      ["DROP TRIGGER sabotage ON clients"],
    ],
    [
      "whose connection is lost in the commit",
      trigger("AFTER INSERT ON clients DEFERRABLE INITIALLY DEFERRED", LOSE_CONNECTION),
      ["DROP TRIGGER sabotage ON clients"],
    ],
    [
      "that waits for a lock for too long",
      trigger("AFTER INSERT ON audit_events", fail("55P03")),
      ["DROP TRIGGER sabotage ON audit_events"],
    ],
    [
      "that is chosen to end a deadlock",
      trigger("AFTER INSERT ON audit_events", fail("40P01")),
      ["DROP TRIGGER sabotage ON audit_events"],
    ],
    [
      "since a standby takes over",
      [
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
      ],
      [
        "SET TRANSACTION READ WRITE",
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$`,
      ],
    ],
  ];
  const onSqlite: typeof onPostgres = [
    ["since its disk is full", ["PRAGMA max_page_count = 1"], ["PRAGMA max_page_count = 1000000"]],
  ];

  test.each(isPostgres ? onPostgres : onSqlite)("%s is 503", async (_what, sabotage, repair) => {
    const client = await createClient(server.operator);
    // The first token notes how long the signing key's tokens live.
    await issueToken(server.anonymous, client);
    const member = await createSessionMember(server, server.operator);
    const { sessionToken } = await member.startSession();
    for (const sql of sabotage) await run(sql);
    // Settings of a database are those of its new connections.
    if (isPostgres) await server.restart();
    const before = await countAll();
    let acknowledged = 0;
    let answer = await create();
    // SQLite has some room in the pages that it has.
    while (!isPostgres && answer.status === 200 && acknowledged < 1000) {
      acknowledged++;
      answer = await create();
    }
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(answer.errors.map(({ message, extensions }) => [message, extensions])).toEqual([
      [
        "The database is unavailable, try again later",
        { code: "SERVICE_UNAVAILABLE", retryAfterSeconds: 1 },
      ],
    ]);
    expect(await countAll()).toEqual(before.map((count) => count + acknowledged));
    // Who only reads notices nothing.
    await issueToken(server.anonymous, client);
    await authenticate(server.anonymous, { sessionToken });
    await server.services.unitOfWork.write(async (manager) => {
      for (const sql of repair) await manager.query(sql);
    });
    if (isPostgres) await server.restart();
    await createClient(server.operator);
  });
});

function trigger(event: string, work: string): string[] {
  return [
    `CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${work}; RETURN NULL; END $$`,
    `CREATE CONSTRAINT TRIGGER sabotage ${event} FOR EACH ROW EXECUTE FUNCTION sabotage()`,
  ];
}
