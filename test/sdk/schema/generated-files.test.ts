import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  buildSchema as buildFromSdl,
  type GraphQLObjectType,
  isNonNullType,
  lexicographicSortSchema,
} from "graphql";
import { generatedFiles } from "../../../sdk/scripts/schema/generated-files.mjs";
import { strictRoots } from "../../../src/graphql/strict-roots.js";
import { buildSchema, printSortedSchema } from "../../../src/schema.js";
import { ERROR_CODES } from "../../../src/shared/error-codes.js";

const sdl = printSortedSchema(buildSchema());
const strictSdl = printSortedSchema(strictRoots(buildSchema()));
const changes = readFileSync("docs/schema-changes.md", "utf8");
const files = await generatedFiles({ sdl, strictSdl, changes, errorCodes: ERROR_CODES });

describe("what the SDK has of the schema", () => {
  test.each([...files])("is current in sdk/%s (if not, run: npm run schema)", (file, text) => {
    expect(readFileSync(`sdk/${file}`, "utf8") === text).toBe(true);
  });

  test("is all that its folders have", () => {
    const folders = [
      "schema",
      "schema/error-codes",
      "src/management/generated",
      "src/schema/generated",
    ];
    const found = folders.flatMap((folder) =>
      readdirSync(`sdk/${folder}`, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => `${folder}/${name}`),
    );
    expect(found.sort()).toEqual([...files.keys()].sort());
  });
});

describe("the strict schema", () => {
  const typesOf = (text: string) => {
    const schema = buildFromSdl(text);
    const roots = [schema.getQueryType(), schema.getMutationType()] as GraphQLObjectType[];
    return roots.flatMap((root) => Object.values(root.getFields()));
  };

  test("differs from the schema in nothing but root fields that are not null", () => {
    const schema = buildFromSdl(strictSdl);
    const roots = [schema.getQueryType(), schema.getMutationType()] as GraphQLObjectType[];
    for (const field of roots.flatMap((root) => Object.values(root.getFields()))) {
      if (isNonNullType(field.type)) field.type = field.type.ofType;
    }
    expect(printSortedSchema(lexicographicSortSchema(schema)) === sdl).toBe(true);
  });

  test("has as null what there may be none of, and nothing else", () => {
    const nullable = typesOf(strictSdl).filter(({ type }) => !isNonNullType(type));
    for (const { name, description } of nullable) {
      expect([name, description]).toEqual([name, expect.stringMatching(/\bnull\b/)]);
    }
    expect(nullable.map(({ name }) => name)).toEqual([
      "api",
      "apiByIdentifier",
      "client",
      "clientGrant",
      "member",
      "node",
      "organization",
      "ownClientLimits",
      "profile",
      "project",
      "session",
    ]);
  });
});
