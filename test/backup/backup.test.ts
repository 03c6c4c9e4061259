import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startLoad } from "../processes/load.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { runCommand } from "../support/command-line.js";
import { freshDatabase, postgresServer, type TestDatabase } from "../support/database.js";
import {
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
import { waitUntil } from "../support/wait-until.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";

const MARKER = "marker-Secret-5up3r-of-a-client";
const MASTER_KEY = randomBytes(32).toString("base64url");

interface Machine {
  processes: ServerProcesses;
  /** The settings of its commands. */
  env: Record<string, string>;
  database: TestDatabase | null;
}

const machines: Machine[] = [];
const folder = mkdtempSync(path.join(tmpdir(), "countersign-backups-"));
const file = (name: string) => path.join(folder, name);
const backup = file("under-load.backup");

/** Where a server can run, with a database that has no tables. */
async function machine(engine = postgresServer ? "postgres" : "sqlite"): Promise<Machine> {
  const database = engine === "postgres" ? await freshDatabase() : null;
  const url = database && "url" in database.location ? database.location.url : undefined;
  const processes = await serverProcesses(url ?? "file:unused");
  const { dataDir } = processes;
  const env = { DATA_DIR: dataDir, MASTER_KEY, ...(url && { DATABASE_URL: url }) };
  machines.push({ processes, env, database });
  return machines.at(-1) as Machine;
}

/** What follows the line in clear. */
function bodyOf(name: string): string {
  const bytes = readFileSync(name);
  return gunzipSync(bytes.subarray(bytes.indexOf("\n") + 1)).toString();
}

/** With a digest of these lines. */
function writeBackupOf(lines: readonly string[]): void {
  const text = lines.map((line) => `${line}\n`).join("");
  const sha256 = createHash("sha256").update(text).digest("base64url");
  writeFileSync(file("odd"), `{"format":"countersign-backup-1","encryption":null}\n`);
  writeFileSync(file("odd"), gzipSync(`${text}{"sha256":"${sha256}"}\n`), { flag: "a" });
}

const start = ({ processes, env }: Machine, changes = {}) =>
  processes.start({ DATABASE_URL: "", ...env, ...changes });

async function verifies(server: ServerProcess, accessToken: string): Promise<void> {
  const { verifyToken } = await server.operator.request(VERIFY_TOKEN, { input: { accessToken } });
  expect(verifyToken.token.clientId).toMatch(/./);
}

const created: Credentials[] = [];
let first: Machine;
let server: ServerProcess;
let session: AttestedSession;
let oldToken: string;

beforeAll(async () => {
  first = await machine();
  server = await start(first);
  created.push(await createClient(server.operator));
  await importClient(server.operator, { clientId: "imported", clientSecret: MARKER, scopes: [] });
  created.push({ clientId: "imported", clientSecret: MARKER });
  session = await (await createSessionMember(server, server.operator)).startSession();
  oldToken = (await issueToken(server.anonymous, created[0] as Credentials)).accessToken;
});

afterAll(async () => {
  for (const { processes, database } of machines) {
    await processes.cleanUp();
    await database?.drop();
  }
  rmSync(folder, { recursive: true });
});

describe("a backup", () => {
  let before: Credentials[];

  test("is written under load, without a failed request", async () => {
    const load = startLoad(2, async () => created.push(await createClient(server.operator)));
    await load.waitForAnswers(20);
    before = [...created];
    const { exitCode, stdout, stderr } = await runCommand(["backup", "--out", backup], first.env);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Backed up \d+ rows of \d+ tables to \S+\.\n$/);
    await load.waitForAnswers(5);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["under-load.backup"]);
  });

  test("is an audit event", async () => {
    const { auditEvents } = await server.operator.request(
      "{ auditEvents(filter: { action: BACKUP_CREATE }) { nodes { action actorType targetId } } }",
    );
    expect(auditEvents.nodes).toEqual([
      {
        action: "BACKUP_CREATE",
        actorType: "SYSTEM",
        targetId: expect.stringMatching(/^backup_/),
      },
    ]);
  });

  test("has no secret in its manifest, and no secret or key in clear anywhere", async () => {
    const text = bodyOf(backup);
    const [manifest = ""] = text.split("\n");
    for (const secret of [
      ...before.map(({ clientSecret }) => clientSecret),
      session.sessionToken,
      MASTER_KEY,
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(JSON.parse(manifest).manifest).toEqual({
      backupId: expect.any(String),
      version: expect.any(String),
      createdAt: expect.any(String),
      database: postgresServer ? "PostgreSQL" : "SQLite",
      schema: expect.any(Array),
      masterKeys: [expect.stringMatching(/^[\w-]{8}$/)],
      counts: expect.objectContaining({ projects: 1 }),
    });
  });

  test("is verified by a token, on the machine of the server", async () => {
    const { exitCode, stdout } = await runCommand(["backup", "verify", backup], first.env);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining("a token was issued and verified"),
    ]);
  });

  test("is restored elsewhere after kill -9: every secret works, old tokens verify, sessions live", async () => {
    await server.end("SIGKILL");
    const second = await machine();
    const { exitCode, stderr } = await runCommand(["restore", backup], second.env);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const restored = await start(second);
    for (const client of before)
      await verifies(restored, (await issueToken(restored.anonymous, client)).accessToken);
    await verifies(restored, oldToken);
    await authenticate(restored.operator, { sessionToken: session.sessionToken });
    await authenticate(restored.operator, { sessionJwt: session.sessionJwt });
    await restored.end("SIGTERM");
    // The former machine's server starts again as well.
    server = await start(first);
  });

  test("leaves nothing of it in the temporary folder if a signal ends the verification", async () => {
    const scratch = mkdtempSync(file("scratch-"));
    const program = spawn(process.execPath, ["bin/countersign.js", "backup", "verify", backup], {
      env: { ...process.env, ...first.env, TMPDIR: scratch },
      stdio: "ignore",
    });
    const ended = once(program, "exit");
    await waitUntil(
      () => program.exitCode !== null || readdirSync(scratch, { recursive: true }).length > 1,
    );
    program.kill("SIGTERM");
    const [exitCode] = await ended;
    // A busy machine may send the signal too late.
    expect([143, 0]).toContain(exitCode);
    expect(readdirSync(scratch)).toEqual([]);
    rmSync(scratch, { recursive: true });
  });

  test("of one database is restored into the other, and back", async () => {
    if (!postgresServer) return;
    const sqlite = await machine("sqlite");
    expect((await runCommand(["restore", backup], sqlite.env)).exitCode).toBe(0);
    const again = file("sqlite.backup");
    expect((await runCommand(["backup", "--out", again], sqlite.env)).exitCode).toBe(0);
    const postgres = await machine();
    expect((await runCommand(["restore", again], postgres.env)).exitCode).toBe(0);
    const restored = await start(postgres);
    for (const client of before) await issueToken(restored.anonymous, client);
    await authenticate(restored.operator, { sessionToken: session.sessionToken });
    await restored.end("SIGTERM");
  });

  test("is refused while the database is in use, or not empty, and nothing changes", async () => {
    const { exitCode, stderr } = await runCommand(["restore", backup], first.env);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      postgresServer
        ? /^DATABASE_URL: the database has tables/
        : /another process has the SQLite database/,
    );
    await issueToken(server.anonymous, created.at(-1) as Credentials);
  });

  test("replaces an SQLite database, which stays beside it", async () => {
    if (postgresServer) return;
    await server.end("SIGTERM");
    const result = await runCommand(["restore", backup, "--json"], first.env);
    const { kept } = JSON.parse(result.stdout);
    expect(existsSync(kept)).toBe(true);
    server = await start(first);
    await issueToken(server.anonymous, before[0] as Credentials);
    const { auditEvents } = await server.operator.request(
      "{ auditEvents(filter: { action: BACKUP_RESTORE }) { totalCount } }",
    );
    expect(auditEvents.totalCount).toBe(1);
  });

  test("with another master key is refused before anything is written", async () => {
    const other = await machine();
    const env = { ...other.env, MASTER_KEY: randomBytes(32).toString("base64url") };
    for (const command of [
      ["restore", backup],
      ["backup", "verify", backup],
    ]) {
      const { exitCode, stderr } = await runCommand(command, env);
      expect([exitCode, stderr]).toEqual([
        3,
        expect.stringMatching(/^MASTER_KEY: it does not open the backup/),
      ]);
    }
    expect(readdirSync(other.processes.dataDir)).toEqual([]);
  });

  test("encrypted needs its passphrase, and shows no row without it", async () => {
    const encrypted = file("encrypted.backup");
    const passphrase = file("passphrase");
    writeFileSync(passphrase, "correct horse battery staple\n");
    const run = (args: string[], env = {}) => runCommand(args, { ...first.env, ...env });
    const withFile = { BACKUP_PASSPHRASE_FILE: passphrase };
    const written = await run(["backup", "--encrypt", "--out", encrypted, "--json"], withFile);
    expect(JSON.parse(written.stdout)).toMatchObject({ isEncrypted: true, file: encrypted });
    expect(() => gunzipSync(readFileSync(encrypted).subarray(300))).toThrow();
    expect((await run(["backup", "verify", encrypted], withFile)).exitCode).toBe(0);
    expect(await run(["backup", "verify", encrypted])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("is encrypted: set BACKUP_PASSPHRASE_FILE"),
    });
    expect(
      await run(["backup", "verify", encrypted], { BACKUP_PASSPHRASE: "wrong" }),
    ).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("cannot be decrypted"),
    });
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 40)],
    ["cut off in the middle", (bytes) => bytes.subarray(0, bytes.length / 2)],
    [
      "with a changed byte",
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed[changed.length - 300] = (changed.at(-300) ?? 0) ^ 1;
        return changed;
      },
    ],
    ["empty", () => Buffer.alloc(0)],
    ["of another format", () => Buffer.from('{"format":"countersign-backup-2"}\n')],
  ])("that is %s is refused, whether encrypted or not", async (_title, change) => {
    const target = await machine();
    for (const name of ["under-load.backup", "encrypted.backup"]) {
      writeFileSync(file("changed"), change(readFileSync(file(name))));
      const passphrase = { BACKUP_PASSPHRASE: "correct horse battery staple" };
      const env = { ...target.env, ...(name.startsWith("encrypted") && passphrase) };
      const { exitCode, stderr } = await runCommand(["restore", file("changed")], env);
      expect([exitCode, stderr]).toEqual([
        3,
        expect.stringMatching(/is not whole, or was changed|cannot be decrypted|is not a backup/),
      ]);
    }
    expect(readdirSync(target.processes.dataDir)).toEqual([]);
  });

  test("of a newer version is refused", async () => {
    const text = bodyOf(backup);
    const newer = text.replace('"schema":[', '"schema":["Tomorrow9999999999999",');
    writeFileSync(file("newer"), `{"format":"countersign-backup-1","encryption":null}\n`);
    writeFileSync(file("newer"), gzipSync(newer), { flag: "a" });
    const { exitCode, stderr } = await runCommand(
      ["restore", file("newer")],
      (await machine()).env,
    );
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining("whose database this version does not know"),
    ]);
  });

  test("in clear is refused where a passphrase is set: somebody may have put it there", async () => {
    const target = await machine();
    const env = { ...target.env, BACKUP_PASSPHRASE: "correct horse battery staple" };
    for (const command of [
      ["restore", backup],
      ["backup", "verify", backup],
    ]) {
      expect(await runCommand(command, env)).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("is not encrypted, and a passphrase is set"),
      });
    }
    expect(readdirSync(target.processes.dataDir)).toEqual([]);
  });

  test.each<[string, (row: string) => string]>([
    ["with a row that lacks a column", (row) => JSON.stringify(JSON.parse(row).slice(1))],
    ["with a value that is no column's", (row) => JSON.stringify(JSON.parse(row).map(() => ({})))],
    ["with a line of 20 MB", (row) => JSON.stringify(JSON.parse(row).fill("a".repeat(20e6), 0, 1))],
  ])("%s is refused before anything is written", async (_title, change) => {
    const lines = bodyOf(backup).split("\n").slice(0, -2);
    const index = lines.findIndex((line) => line.startsWith("["));
    writeBackupOf(lines.with(index, change(lines[index] as string)));
    const target = await machine();
    const { exitCode, stderr } = await runCommand(["restore", file("odd")], target.env);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("is not whole")]);
    expect(readdirSync(target.processes.dataDir)).toEqual([]);
  });

  test("with a table whose name would be a statement is refused", async () => {
    const [manifest = "", table = "", ...rows] = bodyOf(backup).split("\n").slice(0, -2);
    const renamed = table.replace(/"name":"\w+"/, '"name":"x\\"; DROP TABLE projects; --"');
    writeBackupOf([manifest, renamed, ...rows]);
    const { exitCode, stderr } = await runCommand(["restore", file("odd")], (await machine()).env);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining("is not whole, or was changed"),
    ]);
  });

  test("in clear is not written where a passphrase is set, since restore would refuse it", async () => {
    const env = { ...first.env, BACKUP_PASSPHRASE: "correct horse battery staple" };
    const { exitCode, stderr } = await runCommand(["backup", "--out", file("clear")], env);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("add --encrypt")]);
    expect(existsSync(file("clear"))).toBe(false);
  });

  test.each<[string, string[], number, RegExp]>([
    ["without a file", ["backup"], 2, /^backup needs --out/],
    ["onto a file that exists", ["backup", "--out", backup], 3, /exists: name another file/],
    [
      "into a folder that does not",
      ["backup", "--out", "/nowhere/b"],
      3,
      /^\/nowhere\/b cannot be written \(ENOENT\)/,
    ],
    [
      "encrypted without a passphrase",
      ["backup", "--encrypt", "--out", file("x")],
      2,
      /^--encrypt needs a passphrase/,
    ],
    ["with an unknown flag", ["backup", "--owt", "x"], 2, /unknown option '--owt'/],
    [
      "of a file that is not there",
      ["restore", "/nowhere/b"],
      3,
      /^\/nowhere\/b cannot be read \(ENOENT\)/,
    ],
  ])("%s is refused in one sentence", async (_title, args, exitCode, sentence) => {
    const result = await runCommand(args, first.env);
    expect([result.exitCode, result.stderr]).toEqual([exitCode, expect.stringMatching(sentence)]);
  });
});
