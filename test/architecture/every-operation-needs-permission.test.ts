import { describe, expect, test } from "@jest/globals";
import { permissionsByRootField } from "../../src/graphql/field-permissions.js";
import { GUARDED } from "../../src/graphql/guarded-operations.rule.js";
import { buildSchema } from "../../src/schema.js";
import {
  OF_THE_OBJECT,
  OWN_CREDENTIALS,
  PERMISSIONS,
  PUBLIC,
} from "../../src/shared/permissions.js";

const schema = buildSchema();
const requirements = permissionsByRootField();
const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

/** Operations that check a credential in their input instead of a permission. */
const WITH_OWN_CREDENTIALS = [
  "issueToken",
  "verifyClient",
  "verifyToken",
  "authenticateSession",
  "exchangeSession",
  "attestSession",
];

/** Operations that need no permission of their own, by what they state instead. */
const WITHOUT_PERMISSION = {
  [OWN_CREDENTIALS]: WITH_OWN_CREDENTIALS,
  [PUBLIC]: ["errorCodes"],
  [OF_THE_OBJECT]: ["node"],
};

/** Mutations because of the credential in their input. They change nothing, so a read permission is enough. */
const WITHOUT_CHANGES = ["testProfile"];

/** Operations that callers with `own_clients:*` may use within their owner's clients (ADR 0029). */
const OF_OWN_CLIENTS = [
  "cancelSecretRotation",
  "client",
  "clientGrant",
  "clientGrants",
  "clients",
  "completeSecretRotation",
  "createClient",
  "createClientGrant",
  "deleteClient",
  "deleteClientGrant",
  "ownClientLimits",
  "revokeClientTokens",
  "revokePreviousSecret",
  "rotateSecret",
  "startSecretRotation",
  "updateClient",
  "updateClientGrant",
];

describe("every operation", () => {
  test.each([...queries, ...mutations])(
    "%s declares exactly one permission, or another one for the clients of the caller's owner",
    (name) => {
      const [stated, ...others] = requirements.get(name) ?? [];
      expect([...PERMISSIONS, ...Object.keys(WITHOUT_PERMISSION)]).toContain(stated);
      const kind = /:\w+$/.exec(stated ?? "")?.[0];
      expect([[], [`own_clients${kind}`]]).toContainEqual(others);
    },
  );

  test("is open to callers with an owner only if it is listed in this test", () => {
    const open = [...requirements].filter(([, stated]) =>
      stated.some((one) => one.startsWith("own_clients:")),
    );
    expect(open.map(([name]) => name).sort()).toEqual(OF_OWN_CLIENTS);
  });

  test.each(Object.entries(WITHOUT_PERMISSION))(
    "that states %s is listed in this test",
    (statement, names) => {
      const stating = [...requirements].filter(([, [stated]]) => stated === statement);
      expect(stating.map(([name]) => name).sort()).toEqual([...names].sort());
    },
  );

  test.each(WITH_OWN_CREDENTIALS)(
    "that checks a credential, %s, may be in a request once",
    (name) => {
      expect(GUARDED.has(name)).toBe(true);
    },
  );

  test("needs a read permission if it is a query and a write permission if it is a mutation", () => {
    const named = (names: string[]) =>
      names
        .filter((name) => !Object.values(WITHOUT_PERMISSION).flat().includes(name))
        .map((name) => `${name} ${(requirements.get(name) ?? [])[0]}`);
    for (const query of named(queries)) expect(query).toMatch(/:read$/);
    const changing = mutations.filter((name) => !WITHOUT_CHANGES.includes(name));
    for (const mutation of named(changing)) expect(mutation).toMatch(/:write$/);
    for (const mutation of named(WITHOUT_CHANGES)) expect(mutation).toMatch(/:read$/);
  });

  test("names its permission in its schema description", () => {
    for (const type of [schema.getQueryType(), schema.getMutationType()]) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        const [needed, own] = requirements.get(field.name) ?? [];
        const sentences: Record<string, string> = {
          [OWN_CREDENTIALS]: "its own credentials.",
          [PUBLIC]: "it is public.",
          [OF_THE_OBJECT]: "Permission: the read permission of what it finds.",
        };
        const alternative = own ? `, or \`${own}\` for the clients of the caller's owner` : "";
        const sentence = sentences[needed ?? ""] ?? `Permission: \`${needed}\`${alternative}.`;
        expect(field.description).toContain(sentence);
      }
    }
  });
});
