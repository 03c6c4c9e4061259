import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type GraphQLError, type GraphQLSchema, graphql } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { permissionsByRootField } from "../../src/graphql/field-permissions.js";
import { buildSchema } from "../../src/schema.js";
import { systemCaller } from "../../src/shared/caller.js";
import { CountersignError } from "../../src/shared/errors.js";
import {
  isPermission,
  OWN_CREDENTIALS,
  PERMISSIONS,
  type Permission,
} from "../../src/shared/permissions.js";
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
/** The permissions of each operation that requires one of them. */
const stated = new Map(
  [...permissionsByRootField()].flatMap(([name, needed]) => {
    const permissions = needed.filter(isPermission);
    return permissions.length > 0 ? [[name, permissions] as const] : [];
  }),
);
const guarded = rootFields.filter(({ field }) => stated.has(field.name)).map(({ field }) => field);

/** Services that resolvers call, read from their constructors. Stores have no callers outside the server. */
const services = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".resolver.ts"))
  .flatMap((file) => [
    ...readFileSync(`src/${file}`, "utf8").matchAll(/private readonly \w+: (\w+)/g),
  ])
  .map(([, name = ""]) => name)
  .filter((name) => !name.endsWith("Store"));

/**
 * Methods that run on the server's own behalf, check a credential in their input, or leave the permission to
 * the service of whatever they find.
 */
const WITHOUT_PERMISSION = [
  "AlgorithmChange.pending",
  "AlgorithmChange.prepare",
  "AlgorithmChange.runSchedule",
  "AttestationService.attest",
  "KeyRotation.rewrap",
  "KeyRotation.runSchedule",
  "Nodes.find",
  "Nodes.findTarget",
  "ProtectedResources.find",
  "ProtectedResources.metadata",
  "ProtectedResources.metadataUrl",
  "SessionAuthenticator.authenticate",
  "SessionExchange.exchange",
  "TokenService.issue",
  "TokenService.verify",
  "TokenService.verifyClient",
];

/** Records every permission that it is asked for. */
class AskedPermissions extends Set<Permission> {
  readonly asked: Permission[] = [];

  override has(permission: Permission): boolean {
    this.asked.push(permission);
    return super.has(permission);
  }
}

describe("services", () => {
  let server: TestServer;
  /** The schema without the permission checks of its operations. */
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
    "reject %s without its permission, even if the caller has all others",
    async (name, field) => {
      const needed = stated.get(name) as Permission[];
      const others = PERMISSIONS.filter((permission) => !needed.includes(permission));
      expect(await run(field, others)).toEqual({
        errors: [`FORBIDDEN: Needs the permission ${needed.join(" or ")}`],
        asked: needed,
      });
    },
  );

  test.each(guarded.map((field) => [field.name, field] as const))(
    "allow %s with only the permissions that its description names",
    async (name, field) => {
      const [needed] = stated.get(name) as Permission[];
      const named = PERMISSIONS.filter((permission) =>
        field.description?.includes(`\`${permission}\``),
      );
      const { errors, asked } = await run(field, named);
      expect(errors.filter((error) => /^(?:FORBIDDEN|UNEXPECTED)/.test(error))).toEqual([]);
      expect(asked[0]).toBe(needed);
    },
  );

  test("assert one permission in the first line of every operation", async () => {
    const { trustedAuth, ...others } = server.services;
    const instances = [...Object.values(others), ...Object.values(trustedAuth)];
    const withoutAssertion: string[] = [];
    for (const name of new Set(services)) {
      const service = instances.find((instance) => instance.constructor.name === name);
      for (const method of methodsOf(service)) {
        const caller = callerWith([]);
        // A method that asserts no permission first fails otherwise, because these inputs are empty.
        const error = await failureOf(service, method, caller, {}, {}, {}, {});
        const isRefused = error instanceof CountersignError && error.code === "FORBIDDEN";
        const asked = caller.permissions.asked.filter((one) => !one.startsWith("own_clients:"));
        if (!isRefused || asked.length > 1 || caller.permissions.asked.length === 0)
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
