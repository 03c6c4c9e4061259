import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";

const SDL = readFileSync("schema.graphql", "utf8");
const types = Object.values(buildSchema(SDL).getTypeMap()).filter(
  ({ name }) => !name.startsWith("__"),
);

/** Names of the enums that the fields have as their type. */
const enumsOf = (fields: { type: Parameters<typeof getNamedType>[0] }[]) =>
  new Set(
    fields.flatMap(({ type }) => {
      const named = getNamedType(type);
      return isEnumType(named) ? [named.name] : [];
    }),
  );

/**
 * Generated clients fail a whole page at a value that they do not know (ADR 0018). Whoever adds an enum here
 * promises that it is complete.
 */
const CLOSED = [
  "CheckStatus",
  "ClientSecretStatus",
  "ProfileCheck",
  "ProfileTestOutcome",
  "SigningKeyStatus",
];

test("an enum that comes out is closed, or its values have been put in", () => {
  const objects = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = objects.flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  const putIn = enumsOf([...inputs, ...fields.flatMap(({ args }) => args)]);
  const onlyComeOut = [...enumsOf(fields)].filter((name) => !putIn.has(name));
  expect(onlyComeOut.sort()).toEqual(CLOSED);
});

test("the schema has no @oneOf, which Go's genqlient cannot print", () => {
  expect(SDL).not.toContain("@oneOf");
});
