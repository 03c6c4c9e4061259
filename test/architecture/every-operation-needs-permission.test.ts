import { describe, expect, test } from "@jest/globals";
import { buildSchema, permissionsByRootField } from "../../src/schema.js";
import { OWN_CREDENTIALS, PERMISSIONS, PUBLIC } from "../../src/shared/permissions.js";

const schema = buildSchema();
const requirements = permissionsByRootField();
const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

/** Operations that check a credential in their input instead of a permission. */
const WITH_OWN_CREDENTIALS = [
  "issueToken",
  "verifyToken",
  "authenticateSession",
  "exchangeSession",
  "attestSession",
];

const PUBLIC_OPERATIONS = ["errorCodes"];

describe("every operation", () => {
  test.each([...queries, ...mutations])("%s declares exactly one permission", (name) => {
    const stated = requirements.get(name) ?? [];
    expect(stated).toHaveLength(1);
    expect([...PERMISSIONS, OWN_CREDENTIALS, PUBLIC]).toContain(stated[0]);
  });

  test("that checks credentials in its input is listed in this test", () => {
    const own = [...requirements].filter(([, [permission]]) => permission === OWN_CREDENTIALS);
    expect(own.map(([name]) => name).sort()).toEqual([...WITH_OWN_CREDENTIALS].sort());
  });

  test("that anybody may call is listed in this test", () => {
    const open = [...requirements].filter(([, [permission]]) => permission === PUBLIC);
    expect(open.map(([name]) => name)).toEqual(PUBLIC_OPERATIONS);
  });

  test("needs a read permission if it is a query and a write permission if it is a mutation", () => {
    const named = (names: string[]) =>
      names
        .filter((name) => ![...WITH_OWN_CREDENTIALS, ...PUBLIC_OPERATIONS].includes(name))
        .map((name) => `${name} ${(requirements.get(name) ?? [])[0]}`);
    for (const query of named(queries)) expect(query).toMatch(/:read$/);
    for (const mutation of named(mutations)) expect(mutation).toMatch(/:write$/);
  });

  test("names its permission in its schema description", () => {
    for (const type of [schema.getQueryType(), schema.getMutationType()]) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        const [needed] = requirements.get(field.name) ?? [];
        const sentence =
          needed === OWN_CREDENTIALS
            ? "its own credentials."
            : needed === PUBLIC
              ? "it is public."
              : `Permission: \`${needed}\`.`;
        expect(field.description).toContain(sentence);
      }
    }
  });
});
