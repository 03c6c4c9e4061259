import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { isEnumType, isInputObjectType, isObjectType, isSpecifiedScalarType } from "graphql";
import { buildSchema, printSortedSchema } from "../../src/schema.js";

const schema = buildSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
);
const roots = new Set([schema.getQueryType(), schema.getMutationType()]);

describe("the schema", () => {
  test("is committed in its current form (if not, run: npm run schema)", () => {
    expect(readFileSync("schema.graphql", "utf8")).toBe(printSortedSchema(schema));
  });

  test("describes every type, field, argument and enum value", () => {
    const undescribed: string[] = [];
    const check = (name: string, { description }: { description?: string | null | undefined }) => {
      if (!description || description.trim() === "") undescribed.push(name);
    };
    for (const type of types) {
      if (!roots.has(type as never)) check(type.name, type);
      if (isEnumType(type))
        for (const value of type.getValues()) check(`${type}.${value.name}`, value);
      if (!isObjectType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        check(`${type}.${field.name}`, field);
        if ("args" in field) {
          for (const arg of field.args) check(`${type}.${field.name}(${arg.name})`, arg);
        }
      }
    }
    expect(undescribed).toEqual([]);
  });

  test("gives each mutation one required input and one required payload of its own", () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    expect(mutations.length).toBeGreaterThan(10);
    for (const { name, args, type } of mutations) {
      const own = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      expect([args.map((arg) => `${arg.name}: ${arg.type}`), `${type}`]).toEqual([
        [`input: ${own}Input!`],
        `${own}Payload!`,
      ]);
    }
  });

  test("exposes secrets only in payloads, which show them once", () => {
    const secrets = types
      .filter(isObjectType)
      .filter((type) => !roots.has(type))
      .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type}.${field}`))
      .filter((name) => /secret$|secretHash|private/i.test(name));
    for (const name of secrets) expect(name).toMatch(/^\w+Payload\./);
    expect(secrets).toContain("CreateClientPayload.clientSecret");
  });
});
