import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freshDatabase, migratedDatabase, type TestDatabase } from "../support/database.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { serverProcesses } from "../support/server-process.js";
import { Shell } from "../support/shell.js";

/** The pages with commands of the host, and the text in them that stands for what only a test has. */
const UPGRADING = "docs/operations/upgrading.md";
const MOVING = "docs/operations/moving-to-postgresql.md";

const home = mkdtempSync(path.join(tmpdir(), "countersign-guides-"));
const databases: TestDatabase[] = [];
const SECRET_FILE = path.join(home, "database");
let replacements: Record<string, string>;

const urlOf = (database: TestDatabase) => {
  databases.push(database);
  return "url" in database.location ? database.location.url : "";
};

async function run(page: string, environment: Record<string, string>) {
  const shellHome = mkdtempSync(path.join(home, "shell-"));
  const folder = path.join(shellHome, "reader");
  mkdirSync(folder);
  const shell = new Shell(shellHome, folder);
  for (const { code, line } of blocksOf(page, "sh")) {
    let text = code;
    for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, to);
    const { code: exit, errors } = await shell.run(text, environment);
    expect([page, line, exit, exit === 0 ? "" : errors]).toEqual([page, line, 0, ""]);
  }
}

beforeAll(async () => {
  symlinkSync(path.resolve("bin/countersign.js"), path.join(home, "countersign"));
  writeFileSync(SECRET_FILE, urlOf(await freshDatabase()));
  replacements = {
    "postgres://user:password@host/former": urlOf(await freshDatabase()),
    "/run/secrets/database": SECRET_FILE,
  };
});

afterAll(async () => {
  for (const database of databases) await database.drop();
  rmSync(home, { recursive: true });
});

const PATH = `${home}:${process.env["PATH"]}`;

test(`the commands of ${UPGRADING} do what it says`, async () => {
  const DATABASE_URL = urlOf(await migratedDatabase());
  await run(UPGRADING, { PATH, DATABASE_URL, MASTER_KEY: "A".repeat(43) });
});

test(`the commands of ${MOVING} do what it says`, async () => {
  const processes = await serverProcesses("file:unused");
  try {
    const server = await processes.start({ DATABASE_URL: "", MASTER_KEY: "" });
    await server.end("SIGTERM");
    await run(MOVING, { PATH, DATA_DIR: processes.dataDir });
  } finally {
    await processes.cleanUp();
  }
});
