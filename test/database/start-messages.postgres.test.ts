import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { startPostgres } from "../../scripts/postgres.mjs";
import { openDatabase } from "../../src/database/open-database.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import { missingPgBouncer, startPgBouncer } from "../support/pgbouncer.mjs";
import { createDatabase } from "../support/postgres-databases.mjs";
import { serverProcesses } from "../support/server-process.js";

const SECRET = "a-secret-marker";

describe("a start on PostgreSQL says in one sentence what is wrong:", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;

  beforeAll(async () => {
    postgres = await startPostgres({ max_connections: "12" });
    await query(
      postgres.url,
      `CREATE ROLE limited LOGIN PASSWORD '${SECRET}'`,
      "CREATE ROLE lost LOGIN",
      "ALTER ROLE lost SET search_path = nowhere",
      "CREATE ROLE reader LOGIN",
      "ALTER ROLE reader SET default_transaction_read_only = on",
    );
  });

  afterAll(async () => {
    await postgres.stop();
  });

  const urlFor = (changes: Partial<URL>) =>
    Object.assign(new URL(postgres.url), { password: SECRET, ...changes }).href;

  /** The first sentence of a start, which then goes on no more. */
  const firstSentence = async (url: string): Promise<string> => {
    const onProgress = (message: string) => {
      throw new Error(message);
    };
    const sentence = await openDatabase({ url }, onProgress).then(
      async (database) => {
        await database.close();
        return "it opened";
      },
      (error: Error) => error.message,
    );
    expect(sentence).not.toMatch(new RegExp(`${SECRET}|\\n|127\\.0\\.0\\.1`));
    return sentence;
  };

  test.each([
    ["the database", { pathname: "/nowhere" }, "the database does not exist (3D000)"],
    ["the user", { username: "nobody" }, "the server rejects the user (28000)"],
    [
      "the rights of the user",
      { username: "limited" },
      "the user lacks rights in the schema (42501): let it own the schema and all tables in it",
    ],
    [
      "the search_path",
      { username: "lost" },
      "the search_path of the user names no schema that exists (3F000): create that schema, or set another search_path",
    ],
    [
      "a user that may only read",
      { username: "reader" },
      "the database is read-only, as a replica is (25006): name the primary, which accepts writes",
    ],
    [
      "a role that the URL names in a parameter",
      { search: "?options=-c%20role%3Dmissing" },
      "the database cannot be opened (22023)",
    ],
    ["the port", { port: "1" }, "the database does not answer (ECONNREFUSED); trying again"],
    [
      "the host",
      { hostname: "database.invalid" },
      expect.stringMatching(
        /^DATABASE_URL: the database does not answer \((?:ENOTFOUND|EAI_AGAIN)\); trying again$/,
      ),
    ],
  ])("%s", async (_what, changes, sentence) => {
    expect(await firstSentence(urlFor(changes))).toEqual(
      typeof sentence === "string" ? `DATABASE_URL: ${sentence}` : sentence,
    );
  });

  test("a password that the server does not accept", async () => {
    const own = await startPostgres();
    try {
      const [file] = await query(
        own.url,
        `ALTER USER postgres PASSWORD '${SECRET}'`,
        "SHOW hba_file",
      );
      writeFileSync(file?.["hba_file"] ?? "", "host all all 127.0.0.1/32 scram-sha-256\n");
      await query(own.url, "SELECT pg_reload_conf()");
      const url = Object.assign(new URL(own.url), { password: `another-${SECRET}` }).href;
      const sentence =
        "DATABASE_URL: the server rejects the password (28P01): characters such as / # ? @ % must be percent-encoded in it";
      expect(await firstSentence(url)).toBe(sentence);
      const withoutPassword = await firstSentence(own.url);
      expect(withoutPassword).toMatch(/^DATABASE_URL: the server rejects the password/);
    } finally {
      await own.stop();
    }
  });

  test("a table that belongs to somebody else, found by a migration", async () => {
    const url = await createDatabase(postgres.url);
    await query(
      url,
      "GRANT ALL ON SCHEMA public TO limited",
      "CREATE TABLE migrations (id serial, timestamp bigint, name text)",
      "GRANT SELECT ON migrations TO limited",
    );
    expect(await firstSentence(Object.assign(new URL(url), { username: "limited" }).href)).toBe(
      "DATABASE_URL: the user lacks rights in the schema (42501): let it own the schema and all tables in it",
    );
  });

  test("a version that is too old", async () => {
    const url = await createDatabase(postgres.url);
    await query(
      url,
      "CREATE FUNCTION current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '120022' $$",
      "CREATE ROLE former LOGIN",
      "ALTER ROLE former SET search_path = public, pg_catalog",
    );
    expect(await firstSentence(Object.assign(new URL(url), { username: "former" }).href)).toBe(
      "DATABASE_URL: the server is PostgreSQL 12: use PostgreSQL 13 or newer",
    );
  });

  test("a table that is in the way of a migration", async () => {
    const url = await createDatabase(postgres.url);
    await query(url, "CREATE TABLE projects (id integer)");
    expect(await firstSentence(url)).toBe(
      "DATABASE_URL: the schema holds a table of another program, or of another user (42P07): use a database or a schema of its own",
    );
  });

  test("too many connections", async () => {
    const others: Client[] = [];
    for (let number = 0; number < 12; number++) {
      const client = new Client(urlFor({ username: "reader" }));
      client.on("error", () => undefined);
      await client.connect().then(
        () => others.push(client),
        () => undefined,
      );
    }
    try {
      expect(await firstSentence(urlFor({ username: "reader" }))).toBe(
        "DATABASE_URL: the server has no connection left (53300): raise its limit or lower DATABASE_POOL_SIZE; trying again",
      );
    } finally {
      for (const client of others) await client.end();
    }
  });

  test("a replica, also with a complete schema", async () => {
    const own = await startPostgres();
    try {
      const complete = await openDatabase({ url: own.url }, () => {});
      await complete.close();
      const [directory] = await query(own.url, "SHOW data_directory");
      await own.halt("SIGINT");
      const signal = path.join(directory?.["data_directory"] ?? "", "standby.signal");
      writeFileSync(signal, "", { mode: 0o666 });
      await own.resume();
      expect(await firstSentence(own.url)).toBe(
        "DATABASE_URL: the database is read-only, as a replica is (25006): name the primary, which accepts writes; trying again",
      );
    } finally {
      await own.stop();
    }
  });

  describeUnlessMissing(missingPgBouncer, "through PgBouncer,", () => {
    test.each([
      [
        "a parameter that it does not know",
        { search: "?statement_timeout=1000" },
        {},
        "the pooler refuses the startup parameter statement_timeout (08P01): remove it from the URL and from PGOPTIONS, or add it to PgBouncer's ignore_startup_parameters",
      ],
      ["the database", { pathname: "/nowhere" }, {}, "the database does not exist (08P01)"],
      [
        "the password",
        {},
        { auth_type: "plain", auth_file: "/dev/null" },
        "the server rejects the password (08P01): characters such as / # ? @ % must be percent-encoded in it",
      ],
      [
        "too many connections",
        {},
        { max_client_conn: 0 },
        "the server has no connection left (08P01): raise its limit or lower DATABASE_POOL_SIZE; trying again",
      ],
      [
        "TLS",
        { search: "?sslmode=require" },
        {},
        "the server does not offer TLS: use sslmode=prefer or sslmode=disable",
      ],
    ])("%s", async (_what, changes, settings, sentence) => {
      const pooler = await startPgBouncer(postgres.url, settings as Record<string, string>);
      try {
        const url = Object.assign(new URL(pooler.url), { password: SECRET, ...changes });
        expect(await firstSentence(url.href)).toBe(`DATABASE_URL: ${sentence}`);
      } finally {
        await pooler.stop();
      }
    });
  });

  test("and prints nothing else", async () => {
    const url = await createDatabase(postgres.url);
    await query(url, "CREATE TABLE projects (id integer)");
    const processes = await serverProcesses(url);
    try {
      expect(await processes.expectStartFailure({})).toEqual({
        code: 1,
        output:
          "DATABASE_URL: the schema holds a table of another program, or of another user (42P07): use a database or a schema of its own\n",
      });
    } finally {
      await processes.cleanUp();
    }
  });

  test("and ends at once by a signal while it waits", async () => {
    const processes = await serverProcesses(urlFor({ port: String(await freePort()) }));
    try {
      const { code, output } = await processes.expectStartFailure({}, "trying again");
      expect(code).toBe(0);
      expect(output).toContain("trying again");
    } finally {
      await processes.cleanUp();
    }
  });
});

async function query(url: string, ...statements: string[]) {
  const client = new Client(url);
  await client.connect();
  try {
    let rows: Record<string, string>[] = [];
    for (const sql of statements) ({ rows } = await client.query(sql));
    return rows;
  } finally {
    await client.end();
  }
}
