import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { selectionOf } from "../support/any-operation.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const schema: GraphQLSchema = buildSchema(readFileSync("schema.graphql", "utf8"));
const rootFields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({
    kind: type === schema.getMutationType() ? "mutation" : "query",
    field,
  })),
);

/** Each value of a type that has the text in exactly one place where text may stand, or in all. */
function valuesWith(text: string, type: GraphQLInputType, required = false): unknown[] {
  if (isNonNullType(type)) return valuesWith(text, type.ofType, true);
  if (isListType(type)) return valuesWith(text, type.ofType).map((value) => [value]);
  if (isEnumType(type)) return required ? [type.getValues()[0]?.name] : [];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const base = Object.fromEntries(
      fields
        .filter((field) => isNonNullType(field.type))
        .map((field) => [field.name, plainValue(field.type)]),
    );
    return fields.flatMap((field) =>
      valuesWith(text, field.type).map((value) => ({ ...base, [field.name]: value })),
    );
  }
  if (type.name === "JSONObject")
    return [{ key: text }, { [text]: "value" }, { a: { [text]: [text] } }];
  return ["String", "ID"].includes(type.name) ? [text] : [];
}

function plainValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return plainValue(type.ofType);
  if (isListType(type)) return [plainValue(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return valuesWith("plain", type)[0];
  return { JSONObject: {}, Int: 1, Boolean: true }[type.name] ?? "plain";
}

describe.each([
  ["the NUL character", "a\u0000b"],
  ["half of a surrogate pair", "a\ud800b"],
])("%s", (_what, text) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(rootFields.map(({ kind, field }) => [field.name, kind, field] as const))(
    "in any text of %s is no failure of the server",
    async (name, kind, field) => {
      const args = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
      const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
      const query = `${kind} ${args && `(${args})`} { ${name}${passed && `(${passed})`} ${selectionOf(field.type)} }`;
      const base = Object.fromEntries(
        field.args
          .filter((arg) => isNonNullType(arg.type))
          .map((arg) => [arg.name, plainValue(arg.type)]),
      );
      for (const arg of field.args) {
        for (const value of valuesWith(text, arg.type)) {
          const { status, errors } = await server.operator.send(query, {
            ...base,
            [arg.name]: value,
          });
          const codes = errors.map(({ extensions }) => extensions.code);
          expect([JSON.stringify(value), codes]).not.toEqual([
            JSON.stringify(value),
            ["INTERNAL_SERVER_ERROR"],
          ]);
          expect(status).toBeLessThan(500);
        }
      }
    },
  );
});
