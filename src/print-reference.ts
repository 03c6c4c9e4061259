import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { referenceDocuments } from "./reference-documents.js";
import { buildSchema } from "./schema.js";

const directory = process.argv[2] ?? "docs/reference";
mkdirSync(directory, { recursive: true });
for (const [file, text] of referenceDocuments(buildSchema())) {
  writeFileSync(path.join(directory, file), text);
}
