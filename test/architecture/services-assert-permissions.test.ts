import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type GraphQLError, type GraphQLSchema, graphql } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { buildSchema, permissionsByRootField } from "../../src/schema.js";
import { systemCaller } from "../../src/shared/caller.js";
import { CountersignError } from "../../src/shared/errors.js";
import { OWN_CREDENTIALS, PERMISSIONS, type Permission } from "../../src/shared/permissions.js";
import { createApi, grantApi } from "../interop/api-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import {
  operationText,
  type RootField,
  rootFields,
  sampleArguments,
} from "../support/any-operation.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

buildSchema();
/** The permission beside each operation that has one. */
const stated = new Map(
  [...permissionsByRootField()].flatMap(([name, [needed]]) =>
    needed === OWN_CREDENTIALS ? [] : [[name, needed as Permission] as const],
  ),
);
const guarded = rootFields.filter(({ field }) => stated.has(field.name)).map(({ field }) => field);

/** What resolvers call, as their constructors say; a store is for the server itself. */
const services = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".resolver.ts"))
  .flatMap((file) => [
    ...readFileSync(`src/${file}`, "utf8").matchAll(/private readonly \w+: (\w+)/g),
  ])
  .map(([, name = ""]) => name)
  .filter((name) => !name.endsWith("Store"));

/** They act for the server itself, or check a credential in their input. */
const WITHOUT_PERMISSION = [
  "AttestationService.attest",
  "KeyRotation.prepare",
  "KeyRotation.rewrap",
  "KeyRotation.runSchedule",
  "ManagementKeyService.authenticate",
  "SessionAuthenticator.authenticate",
  "SessionExchange.exchange",
  "TokenService.issue",
  "TokenService.verify",
];

/** Remembers what it has been asked for. */
class AskedPermissions extends Set<Permission> {
  readonly asked: Permission[] = [];

  override has(permission: Permission): boolean {
    this.asked.push(permission);
    return super.has(permission);
  }
}

describe("a service", () => {
  let server: TestServer;
  /** The API without the permissions that stand beside its operations. */
  let unguarded: GraphQLSchema;

  let statedRoles: Map<{ roles: unknown[] }, unknown[]>;

  beforeAll(async () => {
    server = await startTestServer();
    const { operator } = server;
    const { clientId } = await createClient(operator);
    await grantApi(operator, clientId, await createApi(operator));
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const { authorizedFields } = getMetadataStorage();
    statedRoles = new Map(authorizedFields.map((field) => [field, field.roles]));
    for (const field of authorizedFields) field.roles = [OWN_CREDENTIALS];
    unguarded = buildSchema(server.services);
  });

  afterAll(async () => {
    for (const [field, roles] of statedRoles) field.roles = roles;
    await server.stop();
  });

  function callerWith(permissions: readonly Permission[]) {
    return { ...systemCaller(server.projectId), permissions: new AskedPermissions(permissions) };
  }

  async function run(field: RootField, permissions: readonly Permission[]) {
    const caller = callerWith(permissions);
    const { errors = [] } = await graphql({
      schema: unguarded,
      source: operationText(field),
      variableValues: sampleArguments(field),
      contextValue: {
        origin: caller,
        hasCredentials: true,
        authenticate: async () => caller,
        isGone: () => false,
        variables: {},
        longPages: [],
      },
    });
    return { errors: errors.map(refusal), asked: caller.permissions.asked };
  }

  test.each(guarded.map((field) => [field.name, field] as const))(
    "refuses %s by itself to a caller who has every permission but the stated one",
    async (name, field) => {
      const needed = stated.get(name) as Permission;
      const others = PERMISSIONS.filter((one) => one !== needed);
      expect(await run(field, others)).toEqual({
        errors: [`FORBIDDEN: Needs the permission ${needed}`],
        asked: [needed],
      });
    },
  );

  test.each(guarded.map((field) => [field.name, field] as const))(
    "does %s for a caller who has only what its description names",
    async (name, field) => {
      const needed = stated.get(name) as Permission;
      const named = PERMISSIONS.filter((one) => field.description?.includes(`\`${one}\``));
      const { errors, asked } = await run(field, named);
      expect(errors.filter((error) => /^(?:FORBIDDEN|UNEXPECTED)/.test(error))).toEqual([]);
      expect(asked[0]).toBe(needed);
    },
  );

  test("asserts one permission in the first line of every operation", async () => {
    const { trustedAuth, ...others } = server.services;
    const instances = [...Object.values(others), ...Object.values(trustedAuth)];
    const withoutAssertion: string[] = [];
    for (const name of new Set(services)) {
      const service = instances.find((one) => one.constructor.name === name);
      for (const method of methodsOf(service)) {
        const caller = callerWith([]);
        // Where another line came first, it would find no input that it can work with.
        const error = await failureOf(service, method, caller, {}, {}, {}, {});
        const isRefused = error instanceof CountersignError && error.code === "FORBIDDEN";
        if (!isRefused || caller.permissions.asked.length !== 1)
          withoutAssertion.push(`${name}.${method}`);
      }
    }
    expect(withoutAssertion.sort()).toEqual(WITHOUT_PERMISSION);
  });
});

function methodsOf(service: object | undefined): string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(service)).slice(1);
}

async function failureOf(service: object | undefined, method: string, ...args: unknown[]) {
  try {
    await (service as Record<string, (...values: unknown[]) => unknown>)[method]?.(...args);
    return null;
  } catch (error) {
    return error;
  }
}

function refusal({ originalError, message }: GraphQLError): string {
  const code = originalError instanceof CountersignError ? originalError.code : "UNEXPECTED";
  return `${code}: ${message}`;
}
