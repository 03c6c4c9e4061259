import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";

/**
 * Preloaded into a server process: records in the file SYNC_RECORD what the process makes durable, in order,
 * and whether DATA_DIR holds a database and anything sealed by then.
 */
const { DATA_DIR = "", SYNC_RECORD = "" } = process.env;
const { appendFileSync, existsSync, readFileSync } = fs;
const database = path.join(DATA_DIR, "countersign.sqlite");
const opened = new Map();

function state() {
  if (!existsSync(database)) return "no database";
  const files = [database, `${database}-wal`].filter((file) => existsSync(file));
  // Begins the header of every sealed value.
  const isSealed = files.some((file) => readFileSync(file).includes("eyJhbGciOiJkaXIi"));
  return isSealed ? "sealed" : "nothing sealed";
}

function record(call) {
  appendFileSync(SYNC_RECORD, `${call}, ${state()}\n`);
}

const nameOf = (file) => path.relative(DATA_DIR, String(file)).replace(/\d+\.tmp$/, "tmp") || ".";
const original = { ...fs };
fs.openSync = (file, ...rest) => {
  const descriptor = original.openSync(file, ...rest);
  opened.set(descriptor, nameOf(file));
  return descriptor;
};
fs.fsyncSync = (descriptor) => {
  original.fsyncSync(descriptor);
  record(`fsync ${opened.get(descriptor)}`);
};
fs.linkSync = (from, to) => {
  original.linkSync(from, to);
  record(`link ${nameOf(from)} ${nameOf(to)}`);
};
syncBuiltinESMExports();
