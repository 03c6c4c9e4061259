// The documents of sdk/schema/documents: one operation or fragment a file.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Kind, parse, visit } from "graphql";

const FOLDER = fileURLToPath(new URL("../../schema/documents", import.meta.url));

/** @returns files of the folder by their paths in it, in order: `{ file, text, definition }` */
export function readDocuments() {
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name)))
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(FOLDER, file), "utf8");
      const [definition, ...others] = parse(text, { noLocation: true }).definitions;
      if (!definition || others.length > 0) throw new Error(`${file} must hold one definition`);
      return { file, text, definition };
    });
}

export const isOperation = ({ definition }) => definition.kind === Kind.OPERATION_DEFINITION;

/** The field of the root type that an operation of one such field is for. */
export const rootFieldOf = ({ definition }) => definition.selectionSet.selections[0].name.value;

/** @returns names of the fragments that a document needs, those of its fragments among them */
export function fragmentsOf({ definition }, documents) {
  const found = new Set();
  const add = (node) => {
    visit(node, {
      FragmentSpread({ name: { value: name } }) {
        if (found.has(name)) return;
        found.add(name);
        add(documents.find((document) => document.definition.name.value === name).definition);
      },
    });
  };
  add(definition);
  return [...found].sort();
}
