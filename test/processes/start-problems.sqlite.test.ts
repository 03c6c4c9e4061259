import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import SqliteDatabase from "better-sqlite3";
import pLimit from "p-limit";
import { migrations } from "../../src/database/migrations/index.js";
import { serverProcesses } from "../support/server-process.js";

const KEY = randomBytes(32).toString("base64");
const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;
/** Root without these capabilities (capabilities(7)) is subject to the modes of files, as every user is. */
const AS_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-net_bind_service"];

type Environment = Record<string, string>;
interface Case {
  /** What the operator set. */
  env?: Environment;
  /** What the operator put into the folder, of which `DATA_DIR` is `data`; returns what they set. */
  arrange?: (folder: string) => Environment | undefined;
  /** All of standard error. `{data}` is `DATA_DIR`. */
  says: string | RegExp;
}

/** `DATA_DIR` of a server that has run. */
let served = "";
/** A port on which something else listens. */
let takenPort = 0;

const problems = (...lines: string[]) =>
  ["The configuration has problems:", ...lines.map((line) => `- ${line}`)].join("\n");
const nothing = (_done: unknown) => undefined;
const file = (folder: string, name: string, contents: string | Buffer, mode = 0o600) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), contents, { mode });
  return path.join(folder, name);
};
const afterARun = (change: (data: string) => void) => (folder: string) => {
  const data = path.join(folder, "data");
  cpSync(served, data, { recursive: true });
  change(data);
  return undefined;
};
const changeDatabase = (...statements: string[]) =>
  afterARun((data) => {
    const database = new SqliteDatabase(path.join(data, "countersign.sqlite"));
    for (const statement of statements) database.exec(statement);
    database.close();
  });
const overwrite = (data: string, at: number) => {
  const descriptor = openSync(path.join(data, "countersign.sqlite"), "r+");
  writeSync(descriptor, Buffer.alloc(40_960, 7), 0, 40_960, at);
  closeSync(descriptor);
};

const PUBLIC_URL = "https://auth.example.com";
const HOST_SYNTAX =
  "HOST: Must be an address or a name of this machine without scheme and port, such as 127.0.0.1, or 0.0.0.0 for all addresses";
const OTHER_HOST =
  "set HOST to an address of this machine, such as 127.0.0.1, or to 0.0.0.0 for all of them";
const KEY_RULE =
  "Each key must be 32 bytes in base64 or base64url, such as the output of openssl rand -base64 32";
const UNESCAPED =
  "DATABASE_URL: Must be a URL such as postgres://user:password@host:5432/database, in which the characters / # ? @ % of the user, the password and the database are percent-encoded (%2F %23 %3F %40 %25)";
const CANNOT_WRITE =
  "DATA_DIR: the database cannot be opened for writing: let the server's user read and write the directory and its files";

const SETTINGS: Record<string, Case> = {
  "a port that is a word": {
    env: { PORT: "http" },
    says: problems("PORT: Must be a port number, 0 to 65535"),
  },
  "a port beyond the last": {
    env: { PORT: "65536" },
    says: problems("PORT: Must be a port number, 0 to 65535"),
  },
  "a host with a scheme": {
    env: { HOST: "http://localhost" },
    says: problems(HOST_SYNTAX),
  },
  "a host with a port": { env: { HOST: "127.0.0.1:4000" }, says: problems(HOST_SYNTAX) },
  "an IPv6 address in brackets": { env: { HOST: "[::1]" }, says: problems(HOST_SYNTAX) },
  "the address of another machine": {
    env: { HOST: "192.0.2.1" },
    says: `HOST: this machine does not have the address (EADDRNOTAVAIL): ${OTHER_HOST}`,
  },
  "a host name without address": {
    env: { HOST: "nowhere.invalid" },
    says: /^HOST: the name (?:has no address \(ENOTFOUND\)|cannot be looked up \(EAI_AGAIN\)): set HOST to an address of this machine, such as [^\n]*\n$/,
  },
  "a port that is taken": {
    arrange: () => ({ PORT: String(takenPort) }),
    says: /^PORT: another program listens on port \d+ \(EADDRINUSE\): end it, or set PORT to another port\n$/,
  },
  "a public URL without scheme": {
    env: { PUBLIC_URL: "auth.example.com" },
    says: problems("PUBLIC_URL: Must be a URL that begins with http:// or https://"),
  },
  "a public URL with a query": {
    env: { PUBLIC_URL: `${PUBLIC_URL}/?a=b` },
    says: problems(
      "PUBLIC_URL: Must have a host and at most a path, without user name, query, fragment and empty path segments",
    ),
  },
  "production without URL and key": {
    env: { NODE_ENV: "production" },
    says: problems(
      "PUBLIC_URL: Is required when NODE_ENV=production, such as https://auth.example.com",
      "MASTER_KEY: Is required when NODE_ENV=production, such as the output of openssl rand -base64 32",
    ),
  },
  "production with http": {
    env: { NODE_ENV: "production", PUBLIC_URL: "http://auth.example.com", MASTER_KEY: KEY },
    says: problems(
      "PUBLIC_URL: Must begin with https:// when NODE_ENV=production, unless ALLOW_INSECURE_HTTP=true",
    ),
  },
  "another spelling of production": {
    env: { NODE_ENV: "prod" },
    says: problems(
      "NODE_ENV: Looks like production: write it production, because nothing else turns on the checks for it",
    ),
  },
  "a short master key": {
    env: { MASTER_KEY: "marker" },
    says: problems(`MASTER_KEY: ${KEY_RULE}`),
  },
  "a master key in hexadecimal digits": {
    env: { MASTER_KEY: randomBytes(32).toString("hex") },
    says: problems(`MASTER_KEY: ${KEY_RULE}`),
  },
  "a list of master keys that ends with a comma": {
    env: { MASTER_KEY: `${KEY},` },
    says: problems("MASTER_KEY: An entry of the list is empty: remove its comma"),
  },
  "a master key in a file that is missing": {
    env: { MASTER_KEY_FILE: "/nowhere/marker" },
    says: problems(
      "MASTER_KEY_FILE: The file cannot be read (ENOENT): correct its path, or create it",
    ),
  },
  "a master key in an empty file, in production too": {
    arrange: (folder) => ({
      NODE_ENV: "production",
      PUBLIC_URL,
      MASTER_KEY_FILE: file(folder, "key", "\n"),
    }),
    says: problems("MASTER_KEY_FILE: The file is empty: write the secret into it"),
  },
  "a directory as the file of the master key": {
    arrange: (folder) => ({ MASTER_KEY_FILE: folder }),
    says: problems(
      "MASTER_KEY_FILE: The file cannot be read (EISDIR): a directory is in its place",
    ),
  },
  "a file that holds no master key": {
    arrange: (folder) => ({ MASTER_KEY_FILE: file(folder, "key", "marker\n") }),
    says: problems(`MASTER_KEY_FILE: ${KEY_RULE}`),
  },
  "a secret itself where its file belongs": {
    env: { MASTER_KEY_FILE: "A".repeat(300) },
    says: problems(
      "MASTER_KEY_FILE: The file cannot be read (ENAMETOOLONG): give the path of a file",
    ),
  },
  "a variable beside that of its file": {
    env: { MASTER_KEY: KEY, MASTER_KEY_FILE: "/nowhere" },
    says: problems("MASTER_KEY_FILE: Set MASTER_KEY or MASTER_KEY_FILE, not both"),
  },
  "an id of the first project with a space": {
    env: { BOOTSTRAP_PROJECT_ID: "my project" },
    says: problems("BOOTSTRAP_PROJECT_ID: Must be 1 to 64 characters from A-Z a-z 0-9 _ -"),
  },
  "a short management secret": {
    env: { BOOTSTRAP_PROJECT_SECRET: "marker" },
    says: problems(
      "BOOTSTRAP_PROJECT_SECRET: Must have at least 32 random characters, such as the output of openssl rand -hex 32",
    ),
  },
  "a management secret with a space at its end": {
    env: { BOOTSTRAP_PROJECT_SECRET: `${randomBytes(32).toString("hex")} ` },
    says: problems("BOOTSTRAP_PROJECT_SECRET: Must not begin or end with white space: remove it"),
  },
  "an environment in small letters": {
    env: { BOOTSTRAP_PROJECT_ENVIRONMENT: "live" },
    says: problems("BOOTSTRAP_PROJECT_ENVIRONMENT: Must be TEST or LIVE"),
  },
  "a proxy by its name": {
    env: { TRUSTED_PROXIES: "10.0.0.0/8,proxy" },
    says: problems(
      "TRUSTED_PROXIES: Must be addresses or networks, such as 10.0.0.0/8, separated by commas",
    ),
  },
  "no workers": {
    env: { WORKERS: "0" },
    says: problems("WORKERS: Must be auto, or a whole number from 1 to 64"),
  },
  "several workers on SQLite": {
    env: { WORKERS: "2" },
    says: problems(
      "WORKERS: The embedded SQLite database allows one process: set DATABASE_URL to run several",
    ),
  },
  "an unknown log level": {
    env: { LOG_LEVEL: "verbose" },
    says: problems("LOG_LEVEL: Must be one of fatal, error, warn, info, debug, silent"),
  },
  "a pool without connections": {
    env: { DATABASE_POOL_SIZE: "0" },
    says: problems("DATABASE_POOL_SIZE: Must be a whole number from 1 to 1000"),
  },
  "a unit after the seconds of draining": {
    env: { DRAIN_SECONDS: "5s" },
    says: problems("DRAIN_SECONDS: Must be a whole number from 0 to 600"),
  },
  "a retention of no days": {
    env: { ACTIVITY_RETENTION_DAYS: "0" },
    says: problems("ACTIVITY_RETENTION_DAYS: Must be a whole number from 1 to 3650"),
  },
  "a URL among the hosts of key sets": {
    env: { KEY_SET_ALLOWED_HOSTS: "https://marker" },
    says: problems(
      "KEY_SET_ALLOWED_HOSTS: Entry 1 is a URL: write its host alone, such as keycloak.internal.example",
    ),
  },
  "an unknown explorer": {
    env: { EXPLORER: "voyager" },
    says: problems("EXPLORER: Must be one of graphiql, sandbox, off"),
  },
  "yes for true": {
    env: { ALLOW_INSECURE_JWKS: "yes" },
    says: problems("ALLOW_INSECURE_JWKS: Must be true or false"),
  },
  "the URL of another kind of database": {
    env: { DATABASE_URL: "mysql://user:marker@host/database" },
    says: problems("DATABASE_URL: Must be a URL that begins with postgres:// or postgresql://"),
  },
  "a database password that is not encoded": {
    env: { DATABASE_URL: "postgres://user:marker#marker@host/database" },
    says: problems(UNESCAPED),
  },
  "a file of the database's authority that is missing": {
    env: {
      MASTER_KEY: KEY,
      DATABASE_URL: "postgres://user:marker@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/nowhere",
    },
    says: "DATABASE_URL: the file of sslrootcert cannot be read (ENOENT): correct its path, or create it",
  },
  "several mistakes at once": {
    env: { PORT: "http", MASTER_KEY: "marker", WORKERS: "many" },
    says: problems(
      "PORT: Must be a port number, 0 to 65535",
      `MASTER_KEY: ${KEY_RULE}`,
      "WORKERS: Must be auto, or a whole number from 1 to 64",
    ),
  },
  "a misspelt name of a setting that is required": {
    env: { NODE_ENV: "production", PUBLICURL: PUBLIC_URL, MASTER_KEY: KEY },
    says: [
      "PUBLICURL is not a setting and has no effect: did you mean PUBLIC_URL?",
      problems(
        "PUBLIC_URL: Is required when NODE_ENV=production, such as https://auth.example.com",
      ),
    ].join("\n"),
  },
};

const FILES: Record<string, Case> = {
  "a file in place of the data directory": {
    arrange: (folder) => nothing(file(folder, "data", "")),
    says: "DATA_DIR: {data}/master.key cannot be written (ENOTDIR): part of its path is a file, not a directory",
  },
  "a file in place of the data directory, with a master key": {
    env: { MASTER_KEY: KEY },
    arrange: (folder) => nothing(file(folder, "data", "")),
    says: "DATA_DIR: part of its path is a file, not a directory: name a directory, or remove the file (ENOTDIR)",
  },
  "a data directory in a place where there are none": {
    env: { MASTER_KEY: KEY, DATA_DIR: "/proc/countersign" },
    says: "DATA_DIR: the directory cannot be created: name another one (ENOENT)",
  },
  "an empty master.key": {
    arrange: afterARun((data) => writeFileSync(path.join(data, "master.key"), "")),
    says: "DATA_DIR: {data}/master.key does not hold 32 bytes in base64 or base64url: restore it from its backup",
  },
  "another master.key": {
    arrange: afterARun((data) => writeFileSync(path.join(data, "master.key"), `${KEY}\n`)),
    says: "MASTER_KEY: a signing key is sealed with another master key: add it to MASTER_KEY or restore DATA_DIR/master.key",
  },
  "a directory in place of master.key": {
    arrange: afterARun((data) => {
      rmSync(path.join(data, "master.key"));
      mkdirSync(path.join(data, "master.key"));
    }),
    says: "DATA_DIR: {data}/master.key cannot be read (EISDIR): a directory is in its place",
  },
  "a database without its master.key": {
    arrange: afterARun((data) => rmSync(path.join(data, "master.key"))),
    says: "MASTER_KEY: neither it nor {data}/master.key is there, and the database needs the master key that it was sealed with: set MASTER_KEY or MASTER_KEY_FILE, or restore the file",
  },
  "a master key that does not open the database": {
    env: { MASTER_KEY: KEY },
    arrange: afterARun(() => undefined),
    says: "MASTER_KEY: a signing key is sealed with another master key: add it to MASTER_KEY or restore DATA_DIR/master.key",
  },
  "a master.key without its database": {
    arrange: afterARun((data) => rmSync(path.join(data, "countersign.sqlite"))),
    says: "DATA_DIR: {data}/master.key exists without its database countersign.sqlite: restore the database and its -wal file, or remove the key to begin anew",
  },
  "a file that is no database": {
    env: { MASTER_KEY: KEY },
    arrange: (folder) => nothing(file(folder, "data/countersign.sqlite", "marker ".repeat(1000))),
    says: "DATA_DIR: countersign.sqlite is damaged or not a database: restore a backup (SQLITE_NOTADB)",
  },
  "a damaged database": {
    arrange: afterARun((data) => overwrite(data, 4096)),
    says: "DATA_DIR: countersign.sqlite is damaged or not a database: restore a backup (SQLITE_CORRUPT)",
  },
  "a truncated database": {
    arrange: afterARun((data) => truncateSync(path.join(data, "countersign.sqlite"), 20_000)),
    says: "DATA_DIR: countersign.sqlite is damaged or not a database: restore a backup (SQLITE_CORRUPT)",
  },
  "a directory in place of the database": {
    env: { MASTER_KEY: KEY },
    arrange: (folder) =>
      nothing(mkdirSync(path.join(folder, "data/countersign.sqlite"), { recursive: true })),
    says: "DATA_DIR: {data}/countersign.sqlite is a directory, not a database: remove it",
  },
  "the database of another program": {
    arrange: changeDatabase("DELETE FROM migrations"),
    says: "DATA_DIR: countersign.sqlite holds tables of another program: name a directory without that file (SQLITE_ERROR)",
  },
  "the database of a newer version": {
    arrange: changeDatabase(
      "INSERT INTO migrations (timestamp, name) VALUES (1, 'Future9999999999999')",
    ),
    says: `A newer version of Countersign created this database: its schema is Future9999999999999, and this version knows none after ${migrations.at(-1)?.name}: run that version or a later one`,
  },
  "the database of a development version": {
    arrange: changeDatabase("UPDATE migrations SET name = 'Early1'"),
    says: "A development version of Countersign created this database, which cannot be converted: use a new one",
  },
};

/** Of another user, or not to be written. */
const RIGHTS: Record<string, Case> = {
  "a file of a secret that the user cannot read": {
    arrange: (folder) => ({ MASTER_KEY_FILE: file(folder, "key", `${KEY}\n`, 0o000) }),
    says: problems(
      "MASTER_KEY_FILE: The file cannot be read (EACCES): let the server's user read it",
    ),
  },
  "a data directory that cannot be created": {
    arrange: (folder) => nothing(chmodSync(folder, 0o555)),
    says: "DATA_DIR: {data}/master.key cannot be written (EACCES): let the server's user write in its directory",
  },
  "a data directory that cannot be created, with a master key": {
    env: { MASTER_KEY: KEY },
    arrange: (folder) => nothing(chmodSync(folder, 0o555)),
    says: `${CANNOT_WRITE} (EACCES)`,
  },
  "a new data directory that is read-only": {
    arrange: (folder) => nothing(mkdirSync(path.join(folder, "data"), { mode: 0o555 })),
    says: "DATA_DIR: {data}/master.key cannot be written (EACCES): let the server's user write in its directory",
  },
  "a data directory that has become read-only": {
    arrange: afterARun((data) => {
      rmSync(path.join(data, "countersign.sqlite.lock"), { force: true });
      chmodSync(data, 0o555);
    }),
    says: `${CANNOT_WRITE} (SQLITE_CANTOPEN)`,
  },
  "a database that cannot be written": {
    arrange: afterARun((data) => chmodSync(path.join(data, "countersign.sqlite"), 0o444)),
    says: `${CANNOT_WRITE} (EACCES)`,
  },
  "a master.key that cannot be read": {
    arrange: afterARun((data) => chmodSync(path.join(data, "master.key"), 0o000)),
    says: "DATA_DIR: {data}/master.key cannot be read (EACCES): let the server's user read it",
  },
  "no place for the generated management secret": {
    env: { MASTER_KEY: KEY },
    // A directory is in its place, which stays.
    arrange: (folder) => nothing(file(folder, "data/management-secret/in-use", "")),
    says: /^BOOTSTRAP_PROJECT_SECRET: set it, such as to the output of openssl rand -hex 32: without a terminal, a generated secret would go to \S+\/data\/management-secret, which cannot be written \(\w+\)[^\n]*\n$/,
  },
};

const OTHERS_FILES: Record<string, Case> = {
  "a data directory of another user": {
    arrange: afterARun((data) => {
      chmodSync(data, 0o700);
      chownSync(data, OTHER_USER, OTHER_USER);
    }),
    says: "DATA_DIR: {data}/master.key cannot be written (EACCES): let the server's user write in its directory",
  },
  "a master.key of another user": {
    arrange: afterARun((data) => chownSync(path.join(data, "master.key"), OTHER_USER, OTHER_USER)),
    says: "DATA_DIR: {data}/master.key cannot be read (EACCES): let the server's user read it",
  },
};

describe("a start says in one sentence what is wrong and what to do, and nothing else:", () => {
  /** The starts run several at once. Each test waits for its own. */
  const outcomes = new Map<string, ReturnType<typeof start>>();
  const otherServer = createServer();
  let root = "";

  const start = async ({ env = {}, arrange }: Case, prefix: readonly string[]) => {
    const folder = mkdtempSync(path.join(root, "case-"));
    const arranged = arrange?.(folder) ?? {};
    const [program = "", ...args] = [...prefix, process.execPath, "dist/src/main.js"];
    const child = spawn(program, args, {
      env: {
        PATH: process.env["PATH"],
        PORT: "0",
        LOG_LEVEL: "warn",
        NODE_COMPILE_CACHE: path.join(root, "compiled"),
        DATA_DIR: path.join(folder, "data"),
        ...env,
        ...arranged,
      },
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { folder, code: await ended, out, err };
  };

  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), "countersign-starts-"));
    await new Promise<void>((resolve) => otherServer.listen(0, "127.0.0.1", resolve));
    takenPort = (otherServer.address() as { port: number }).port;
    const processes = await serverProcesses();
    await (await processes.start({ MASTER_KEY: "" })).end("SIGTERM");
    served = path.join(root, "served");
    cpSync(processes.dataDir, served, { recursive: true });
    await processes.cleanUp();
    const limited = pLimit(Math.max(2, availableParallelism()));
    const userPrefix = isRoot ? AS_USER : [];
    const startAll = (cases: Record<string, Case>, prefix: readonly string[] = []) => {
      for (const [name, given] of Object.entries(cases)) {
        outcomes.set(
          name,
          limited(() => start(given, prefix)),
        );
      }
    };
    startAll({ ...SETTINGS, ...FILES });
    startAll({ ...RIGHTS, ...(isRoot && OTHERS_FILES) }, userPrefix);
  });

  afterAll(async () => {
    await Promise.allSettled(outcomes.values());
    otherServer.close();
    rmSync(root, { recursive: true, force: true });
  });

  const expectSentence = async (name: string, { says }: Case) => {
    const { folder, ...outcome } = (await outcomes.get(name)) ?? { folder: "" };
    const err =
      typeof says === "string"
        ? `${says.replaceAll("{data}", path.join(folder, "data"))}\n`
        : expect.stringMatching(says);
    expect(outcome).toEqual({ code: 1, out: "", err });
  };

  test.each(Object.entries(SETTINGS))("%s", expectSentence);
  test.each(Object.entries(FILES))("%s", expectSentence);
  test.each(Object.entries(RIGHTS))("%s", expectSentence);
  // Only root can give files to another user.
  if (isRoot) test.each(Object.entries(OTHERS_FILES))("%s", expectSentence);
  else test.skip.each(Object.entries(OTHERS_FILES))("%s", expectSentence);

  test("a port below 1024 without the right to it", async () => {
    const first = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    // Where every user may listen on every port, another program may have this one.
    const isForRoot = existsSync(first) && Number(readFileSync(first, "utf8")) > 81;
    if (!isForRoot) return;
    const name = "a privileged port";
    const says =
      "PORT: the server's user may not listen on port 81 (EACCES): set PORT to 1024 or more, and let a proxy listen on 81";
    const privileged = { env: { PORT: "81" }, says };
    outcomes.set(name, start(privileged, isRoot ? AS_USER : []));
    await expectSentence(name, privileged);
  });

  (canMount() ? test : test.skip)("a disk that is full", async () => {
    const name = "a full disk";
    const full = {
      env: { MASTER_KEY: KEY },
      arrange: (folder: string) => nothing(mkdirSync(path.join(folder, "data"))),
      says: "DATA_DIR: the disk is full: make room, which a start needs, and start again (SQLITE_FULL)",
    };
    const mount = 'mount -t tmpfs -o size=200k tmpfs "$DATA_DIR" && exec "$@"';
    outcomes.set(name, start(full, ["unshare", "--mount", "sh", "-c", mount, "sh"]));
    await expectSentence(name, full);
  });
});

/** Whether this process may mount file systems, which containers often may not. */
function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}
