import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNullableType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { permissionsByRelation } from "../../src/graphql/field-permissions.js";
import { buildSchema, printSortedSchema } from "../../src/schema.js";

const schema = buildSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
);
/** Types whose natural key is a `kid` (RFC 7517). */
const KEY_IDS = ["PublishedKey", "SigningKey"];
const objectType = (name: string) => schema.getType(name) as GraphQLObjectType;
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
      if (!isObjectType(type) && !isInputObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        check(`${type}.${field.name}`, field);
        if ("args" in field) {
          for (const arg of field.args) check(`${type}.${field.name}(${arg.name})`, arg);
        }
      }
    }
    expect(undescribed).toEqual([]);
  });

  test("gives each mutation one required input and one payload of its own", () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    expect(mutations.length).toBeGreaterThan(10);
    for (const { name, args, type } of mutations) {
      const own = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      expect([args.map((arg) => `${arg.name}: ${arg.type}`), `${type}`]).toEqual([
        [`input: ${own}Input!`],
        `${own}Payload`,
      ]);
    }
  });

  test("makes every root field nullable, so that its failure takes no other answer away", () => {
    const fields = [...roots].flatMap((type) => Object.values(type?.getFields() ?? {}));
    expect(fields.length).toBeGreaterThan(50);
    for (const { name, type } of fields) expect([name, isNullableType(type)]).toEqual([name, true]);
  });

  test("makes every relation with a permission of its own nullable", () => {
    const relations = [...permissionsByRelation().keys()].map((relation) => relation.split("."));
    expect(relations.length).toBeGreaterThan(8);
    for (const [typeName = "", name = ""] of relations) {
      const { type } = objectType(typeName).getFields()[name] ?? {};
      expect([`${typeName}.${name}`, isNullableType(type)]).toEqual([`${typeName}.${name}`, true]);
    }
  });

  test("gives each object that can be named an id beside its natural key", () => {
    const nodes = schema.getPossibleTypes(schema.getType("Node") as GraphQLInterfaceType);
    for (const { name } of nodes) {
      const keys = KEY_IDS.includes(name)
        ? ["kid"]
        : [`${name.charAt(0).toLowerCase()}${name.slice(1)}Id`];
      const fields = objectType(name).getFields();
      expect(keys.map((key) => [name, `${fields[key]?.type}`])).toEqual([[name, "ID!"]]);
    }
    const identified = types.filter(isObjectType).filter((type) => "id" in type.getFields());
    expect(identified.map(({ name }) => name).sort()).toEqual(nodes.map(({ name }) => name).sort());
  });

  test("gives each type that has a page of its own the arguments and fields of Relay", () => {
    const connections = types
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()))
      .filter(({ type }) => `${type}`.replace("!", "").endsWith("Connection"));
    expect(connections.length).toBeGreaterThan(10);
    for (const { args } of connections) {
      const names = args.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["first", "after", "last", "before"]));
    }
    expect(Object.keys(objectType("PageInfo").getFields()).sort()).toEqual([
      "endCursor",
      "hasNextPage",
      "hasPreviousPage",
      "startCursor",
    ]);
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
