// Writes what is generated from the server's schema into the SDK; `npm run schema` builds the server before.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { strictRoots } from "../../../dist/src/graphql/strict-roots.js";
import { buildSchema, printSortedSchema } from "../../../dist/src/schema.js";
import { ERROR_CODES as errorCodes } from "../../../dist/src/shared/error-codes.js";
import { generatedFiles } from "./generated-files.mjs";

const sdk = fileURLToPath(new URL("../..", import.meta.url));
const sdl = printSortedSchema(buildSchema());
const changes = readFileSync(path.join(sdk, "../docs/schema-changes.md"), "utf8");
const strictSdl = printSortedSchema(strictRoots(buildSchema()));
for (const [name, text] of await generatedFiles({ sdl, strictSdl, changes, errorCodes })) {
  const file = path.join(sdk, name);
  // The SDK is built again only where a source is newer.
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
