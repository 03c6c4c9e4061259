import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import SqliteDatabase from "better-sqlite3";
import { Client } from "pg";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { runCommand } from "../support/command-line.js";
import { freshDatabase, migratedDatabase, type TestDatabase } from "../support/database.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  issueToken,
  VERIFY_TOKEN,
} from "../support/operations.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { GuideReader } from "./guide-reader.js";

const IMPORTED = { clientId: "imported", clientSecret: "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2" };

describe("move-database", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-move-"));
  const databases: TestDatabase[] = [];
  let processes: ServerProcesses;
  let server: ServerProcess;
  let target: string;
  let client: ClientView & Credentials;
  let session: AttestedSession;
  let oldToken: string;

  const file = () => path.join(processes.dataDir, "countersign.sqlite");
  /** The server makes a master key of its own. */
  const start = (databaseUrl = "") =>
    processes.start({ DATABASE_URL: databaseUrl, MASTER_KEY: "" });
  const move = (env: Record<string, string> = { TARGET_DATABASE_URL: target }) =>
    runCommand(["move-database", "--json"], { DATA_DIR: processes.dataDir, ...env });

  function urlOf(database: TestDatabase): string {
    databases.push(database);
    return "url" in database.location ? database.location.url : "";
  }

  async function tablesOfTarget(): Promise<number> {
    const connection = new Client(target);
    await connection.connect();
    const { rows } = await connection.query("SELECT FROM pg_tables WHERE schemaname = 'public'");
    await connection.end();
    return rows.length;
  }

  /** Changes the stopped server's file behind its back. */
  function change(sql: string) {
    const database = new SqliteDatabase(file());
    database.exec(sql);
    database.close();
  }

  beforeAll(async () => {
    processes = await serverProcesses("file:unused");
    server = await start();
    target = urlOf(await freshDatabase());
    client = await createClient(server.operator, { trustedMetadata: { seats: 3, tier: "gold" } });
    await importClient(server.operator, { ...IMPORTED, scopes: [] });
    session = await (await createSessionMember(server, server.operator)).startSession();
    oldToken = (await issueToken(server.anonymous, client)).accessToken;
  });

  afterAll(async () => {
    await processes.cleanUp();
    for (const database of databases) await database.drop();
    rmSync(folder, { recursive: true });
  });

  test("is refused while the server runs", async () => {
    const { exitCode, stderr } = await move();
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining("another process has the SQLite database"),
    ]);
    expect(await tablesOfTarget()).toBe(0);
    await server.end("SIGTERM");
  });

  test.each<[string, () => Record<string, string>, number, RegExp]>([
    ["no target", () => ({}), 2, /^TARGET_DATABASE_URL: Must name the PostgreSQL database/],
    [
      "a target that is no URL",
      () => ({ TARGET_DATABASE_URL: "mysql://u:marker@host/d" }),
      2,
      /^TARGET_DATABASE_URL: Must be a URL that begins with postgres:/,
    ],
    [
      "a target twice",
      () => ({ TARGET_DATABASE_URL: target, TARGET_DATABASE_URL_FILE: "/nowhere" }),
      2,
      /^TARGET_DATABASE_URL_FILE: Set TARGET_DATABASE_URL or/,
    ],
    [
      "a target that does not exist",
      () => ({ TARGET_DATABASE_URL: target.replace(/\/[^/]*$/, "/no_such_database") }),
      3,
      /^TARGET_DATABASE_URL: the database does not exist/,
    ],
    [
      "a server on PostgreSQL",
      () => ({ DATABASE_URL: target, TARGET_DATABASE_URL: target }),
      2,
      /^DATABASE_URL: it names PostgreSQL/,
    ],
    [
      "another master key",
      () => ({ TARGET_DATABASE_URL: target, MASTER_KEY: "A".repeat(43) }),
      3,
      /^MASTER_KEY: a signing key is sealed with another master key/,
    ],
  ])("with %s is refused in one sentence, and changes nothing", async (_what, env, code, text) => {
    const result = await move(env());
    expect([result.exitCode, result.stderr.trim()]).toEqual([code, expect.stringMatching(text)]);
    expect(result.stderr).not.toContain("marker");
    expect([existsSync(file()), await tablesOfTarget()]).toEqual([true, 0]);
  });

  test("to a database that has tables is refused", async () => {
    const taken = urlOf(await migratedDatabase());
    const { exitCode, stderr } = await move({ TARGET_DATABASE_URL: taken });
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/^TARGET_DATABASE_URL: the database has tables/),
    ]);
  });

  test("that fails on the way leaves the target empty, and can be repeated", async () => {
    // PostgreSQL has no text with a null character.
    const { clientId } = client;
    change(`UPDATE clients SET name = 'a' || char(0) WHERE client_id = '${clientId}'`);
    expect((await move()).exitCode).toBe(3);
    expect([existsSync(file()), await tablesOfTarget()]).toEqual([true, 0]);
    change(`UPDATE clients SET name = NULL WHERE client_id = '${clientId}'`);
  });

  test("moves everything: secrets work, old tokens verify, sessions live", async () => {
    const targetFile = path.join(folder, "target");
    writeFileSync(targetFile, `${target}\n`);
    const reader = new GuideReader("docs/operations/moving-to-postgresql.md", {
      DATA_DIR: processes.dataDir,
    });
    const replace = { "/run/secrets/database": targetFile };
    const [, moved = ""] = /\sin (\S+) now\./.exec(await reader.next(replace)) ?? [];
    expect(moved).toMatch(/\/countersign\.sqlite\.moved-\d{8}T\d{6}Z$/);
    expect([existsSync(file()), existsSync(moved)]).toEqual([false, true]);
    expect(await reader.next(replace)).toContain("starts on it as it is.");
    reader.close();
    server = await start(target);
    const { operator, anonymous } = server;
    for (const credentials of [client, IMPORTED]) {
      const { accessToken } = await issueToken(anonymous, credentials);
      await operator.request(VERIFY_TOKEN, { input: { accessToken } });
    }
    await operator.request(VERIFY_TOKEN, { input: { accessToken: oldToken } });
    await authenticate(operator, { sessionToken: session.sessionToken });
    await authenticate(operator, { sessionJwt: session.sessionJwt });
    const { client: view } = await operator.request(
      `{ client(clientId: "${client.clientId}") { createdAt trustedMetadata } }`,
    );
    expect(view).toEqual({
      createdAt: client.createdAt,
      trustedMetadata: { seats: 3, tier: "gold" },
    });
    await issueToken(anonymous, await createClient(operator));
    await server.end("SIGTERM");
  });

  test("a start that forgets DATABASE_URL finds no database, and makes no other one", async () => {
    const { code, output } = await processes.expectStartFailure({
      DATABASE_URL: "",
      MASTER_KEY: "",
    });
    expect([code, output]).toEqual([1, expect.stringContaining("master.key")]);
    expect(readdirSync(processes.dataDir)).not.toContain("countersign.sqlite");
  });
});
