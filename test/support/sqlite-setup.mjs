import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildForTests } from "./build-for-tests.mjs";

/** Migrates a template file, which tests copy. Jest's workers inherit the environment variables set here. */
export default async function setup() {
  const { openDatabase } = await buildForTests();
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-template-"));
  const file = path.join(folder, "template.sqlite");
  const database = await openDatabase({ file }, () => {});
  await database.close();
  process.env.TEST_DATABASE_TEMPLATE = file;
  globalThis.removeTemplate = async () => rmSync(folder, { recursive: true, force: true });
}
