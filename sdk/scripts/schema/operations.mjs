// What /management is generated from: types by GraphQL Code Generator, and a text for each operation.
import { codegen } from "@graphql-codegen/core";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import {
  buildSchema,
  getNamedType,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
} from "graphql";
import { fragmentsOf, isOperation, rootFieldOf } from "./documents.mjs";

/** The settings of the client preset that the codegen preset of `/schema` has too. */
const CONFIG = {
  strictScalars: true,
  scalars: { ID: "string", DateTime: "string", JSONObject: "{ [key: string]: unknown }" },
  skipTypename: true,
  useTypeImports: true,
  // A result has the type of its fragment, instead of all of its fields once more.
  inlineFragmentTypes: "combine",
};

/** Types of inputs, enums, variables and results; a client that throws at errors sees the strict ones. */
export async function operationTypes(strictSdl, documents) {
  const types = await codegen({
    filename: "types.ts",
    schema: parse(strictSdl),
    documents: documents.map(({ file, definition }) => ({
      location: file,
      document: { kind: "Document", definitions: [definition] },
    })),
    plugins: [{ typescriptOperations: {} }],
    pluginMap: { typescriptOperations },
    config: CONFIG,
  });
  return `${types.trim()}\n`;
}

/** The module of the texts. Fragments are constants, which an operation adds to its own text. */
export function operationTexts(sdl, documents) {
  const schema = buildSchema(sdl);
  const operations = documents.filter(isOperation).map((document) => {
    const name = rootFieldOf(document);
    const isQuery = document.definition.operation === OperationTypeNode.QUERY;
    const root = isQuery ? schema.getQueryType() : schema.getMutationType();
    const typeName = `${document.definition.name.value}${isQuery ? "Query" : "Mutation"}`;
    return { name, typeName, document, field: root.getFields()[name] };
  });
  const constants = documents
    .filter((document) => !isOperation(document))
    .map(({ definition }) => `const ${definition.name.value} = ${quote(definition)};`);
  const texts = operations.map(({ name, document }) =>
    [`  ${name}: ${quote(document.definition)}`, ...fragmentsOf(document, documents)].join(" + "),
  );
  const types = operations.map(({ name, typeName, field }) =>
    [
      `  /** ${field.description} */`,
      `  ${name}: { variables: types.${typeName}Variables; data: types.${typeName} };`,
    ].join("\n"),
  );
  const withKey = operations.filter(({ field }) => hasIdempotencyKey(field));
  return `import type * as types from "./types.js";

/** Variables and data of each operation, by the name of its root field. */
export interface Operations {
${types.join("\n")}
}

/** The text of each operation, which begins with \`query\` or \`mutation\`. */
export const OPERATIONS: Readonly<Record<keyof Operations, string>> = operationTexts();

/** Mutations whose input has an \`idempotencyKey\`. */
export const WITH_IDEMPOTENCY_KEY = [
${withKey.map(({ name }) => `  "${name}",`).join("\n")}
] as const satisfies readonly (keyof Operations)[];

function operationTexts(): Record<keyof Operations, string> {
${indent(constants).join("\n")}
  return {
${indent(texts).join(",\n")},
  };
}
`;
}

function hasIdempotencyKey({ args }) {
  const input = args.find(({ name }) => name === "input");
  return input !== undefined && "idempotencyKey" in getNamedType(input.type).getFields();
}

const quote = (definition) => JSON.stringify(stripIgnoredCharacters(print(definition)));
const indent = (lines) => lines.map((line) => `  ${line}`);
