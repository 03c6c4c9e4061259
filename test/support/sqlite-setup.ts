import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { openDatabase } from "../../src/database/data-source.js";

/** A migrated file, of which tests get copies. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-template-"));
  const template = { file: path.join(folder, "template.sqlite") };
  const database = await openDatabase(template, () => {});
  await database.close();
  project.provide("template", template);
  return () => rmSync(folder, { recursive: true, force: true });
}
