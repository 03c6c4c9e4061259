import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema, type GraphQLInputObjectType, isNonNullType } from "graphql";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { createClient, createKey, importClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

interface UpdatedField {
  /** Two values, as input. */
  values: readonly [unknown, unknown] | (() => readonly [unknown, unknown]);
  /** The second value as it reads after the first; the same as the input if absent. */
  reads?: unknown;
  /** Whether null clears the field. Otherwise null is refused. */
  clears?: true;
  /** What reads the field; its own name if absent. */
  selection?: string;
  /** Whether the field acts on its update only, so that nothing reads it. */
  unread?: true;
}

interface UpdatedKind {
  /** Creates an object. @returns the input that names it */
  create(): Promise<Record<string, unknown>>;
  /** The payload's field. */
  object: string;
  fields: Record<string, UpdatedField>;
}

describe("updates", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  let otherIssuer: ForeignIssuer;
  let organizationId: string;
  let ownedClientId: string;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock, "ES256");
    otherIssuer = await foreignIssuer(server.clock, "ES256");
    ({ organizationId } = await createOrganization(server.operator));
    ({ clientId: ownedClientId } = await createClient(server.operator));
    for (const clientId of ["one", "two"]) {
      await importClient(server.operator, {
        clientId,
        clientSecret: randomBytes(24).toString("hex"),
      });
    }
  });

  afterAll(async () => {
    await server.stop();
  });

  const unique = () => `unique-${++count}`;
  const uniques = () => [unique(), unique()] as const;
  const valuesOf = ({ values }: UpdatedField) => (typeof values === "function" ? values() : values);
  const metadata: UpdatedField = {
    values: [{ user: 1 }, { team: "a" }],
    reads: { user: 1, team: "a" },
  };

  const kinds: Record<string, UpdatedKind> = {
    updateClient: {
      create: async () => ({ clientId: (await createClient(server.operator)).clientId }),
      object: "client",
      fields: {
        name: { values: ["One", "Two"], clears: true },
        description: { values: ["One", "Two"], clears: true },
        status: { values: ["ACTIVE", "INACTIVE"] },
        scopes: { values: [["read:a"], []] },
        trustedMetadata: metadata,
        accessTokenLifetimeSeconds: { values: [600, 1200], clears: true },
        expiresAt: {
          values: ["2100-01-01T00:00:00.000Z", "2101-01-01T00:00:00.000Z"],
          clears: true,
        },
        dpopBoundAccessTokens: { values: [true, false] },
        keys: {
          values: () => [
            { publicKeys: [{ pem: issuer.pem }] },
            { publicKeys: [{ pem: otherIssuer.pem }] },
          ],
          unread: true,
        },
        grantTypes: { values: [[], ["CLIENT_CREDENTIALS"]] },
        owner: {
          values: () => [
            { organizationId, memberId: null, externalId: null },
            { organizationId: null, memberId: null, externalId: "customer" },
          ],
          clears: true,
          selection: "owner { organizationId memberId externalId }",
        },
        tokenEndpointAuthMethod: {
          values: ["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST"],
          clears: true,
        },
      },
    },
    updateApi: {
      create: async () => {
        const scopes = [{ value: "read:a" }, { value: "read:b" }];
        return { apiId: (await createApi(server.operator, { scopes })).apiId };
      },
      object: "api",
      fields: {
        name: { values: ["One", "Two"] },
        scopes: {
          values: [
            [{ value: "read:a", description: "A" }],
            [{ value: "read:b", description: null }],
          ],
          selection: "scopes { value description }",
        },
        accessTokenLifetimeSeconds: { values: [600, 1200], clears: true },
        signingAlgorithm: { values: ["ES256", "RS256"], clears: true },
        tokenProfile: { values: ["RFC9068", "AUTH0"] },
        allowOmittedScope: { values: [false, true] },
        permissionsClaim: { values: [true, false] },
        advertisedScopes: { values: [["read:a"], []] },
        introspectionClientId: { values: ["one", "two"], clears: true },
      },
    },
    updateManagementKey: {
      create: async () => {
        const { managementKey } = await createKey(server.operator, [
          "clients:read",
          "clients:write",
        ]);
        return { managementKeyId: managementKey.managementKeyId };
      },
      object: "managementKey",
      fields: {
        name: { values: ["One", "Two"] },
        permissions: { values: [["CLIENTS_READ", "CLIENTS_WRITE"], ["CLIENTS_READ"]] },
        expiresAt: { values: ["2030-01-02T00:00:00.000Z", "2030-01-01T00:00:00.000Z"] },
      },
    },
    updateClientGrant: {
      create: async () => {
        const api = await createApi(server.operator, {
          scopes: [{ value: "read:a" }, { value: "read:b" }],
        });
        const client = await createClient(server.operator);
        const { clientGrantId } = await createGrant(server.operator, client, api, { scopes: [] });
        return { clientGrantId };
      },
      object: "clientGrant",
      fields: {
        scopes: { values: [["read:a"], ["read:b"]] },
        allScopes: { values: [false, true] },
        accessTokenLifetimeSeconds: { values: [600, 1200], clears: true },
      },
    },
    updateOrganization: {
      create: async () => ({
        organizationId: (await createOrganization(server.operator)).organizationId,
      }),
      object: "organization",
      fields: {
        name: { values: ["One", "Two"] },
        slug: { values: uniques },
        externalId: { values: uniques, clears: true },
        status: { values: ["ACTIVE", "INACTIVE"] },
        isDefault: { values: [true, false] },
        trustedMetadata: metadata,
      },
    },
    updateMember: {
      create: async () => {
        const { memberId } = await createMember(server.operator, organizationId, {
          emailAddress: `${unique()}@example.com`,
          externalId: unique(),
        });
        return { memberId };
      },
      object: "member",
      fields: {
        emailAddress: {
          values: () => [`${unique()}@example.com`, `${unique()}@example.com`],
          clears: true,
        },
        externalId: { values: uniques, clears: true },
        name: { values: ["One", "Two"], clears: true },
        roles: { values: [["admin"], []] },
        status: { values: ["ACTIVE", "INACTIVE"] },
        trustedMetadata: metadata,
      },
    },
    updateProject: {
      create: async () => ({}),
      object: "project",
      fields: {
        name: { values: ["One", "Two"] },
        accessTokenLifetimeSeconds: { values: [600, 1200] },
        claimsTemplate: { values: ['{ "a": 1 }', '{ "a": 2 }'], clears: true },
        sessionClaimsTemplate: { values: ['{ "a": 1 }', '{ "a": 2 }'], clears: true },
        defaultAudience: {
          values: ["https://a.example.com", "https://b.example.com"],
          clears: true,
        },
        environment: { values: ["TEST", "LIVE"] },
        allowBasicVerification: { values: [true, false] },
        maximumAccessTokenLifetimeSeconds: { values: [172_800, 86_400] },
        maximumSessionAgeMinutes: { values: [600, 1200], clears: true },
        maximumSessionDurationMinutes: { values: [60, 120], clears: true },
        introspectionClientId: { values: ["one", "two"], clears: true },
        signingKeyRotationDays: { values: [30, 90], clears: true },
        tokenProfile: { values: ["AUTH0", "DEFAULT"] },
        sessionTokenProfile: { values: ["STYTCH", "DEFAULT"] },
        maximumClientsPerOwner: { values: [5, 10] },
        inheritedMetadataKeys: { values: [["customer"], []] },
        signingAlgorithm: { values: ["ES256", "RS256"] },
        issuer: {
          values: ["https://one.example.com", "https://two.example.com"],
          clears: true,
          selection: "issuer",
        },
      },
    },
    updateProfile: {
      create: async () => ({
        profileId: await createProfile(server.operator, {
          keys: { publicKeys: [{ pem: issuer.pem }] },
        }),
      }),
      object: "profile",
      fields: {
        name: { values: ["One", "Two"] },
        issuer: { values: ["https://a.example.com", "https://b.example.com"] },
        alternativeIssuers: { values: [["https://c.example.com"], []] },
        audience: { values: ["a", "b"] },
        audienceClaim: { values: ["client_id", "azp"], clears: true },
        memberUpdates: { values: ["ALL", "NONE"] },
        attributeMapping: {
          values: [
            { email: "email", tokenId: "sub", organizationId: null },
            { email: "email", tokenId: "jti", organizationId: "org" },
          ],
          selection: "attributeMapping { email tokenId organizationId }",
        },
        keys: {
          values: [
            { jwksUrl: "https://keys.example.com/a" },
            { jwksUrl: "https://keys.example.com/b" },
          ],
          selection: "keys { jwksUrl }",
        },
        allowedAlgorithms: { values: [["ES256"], ["ES256", "RS256"]], clears: true },
        allowedOrigins: { values: [["https://a.example.com"], []] },
        maximumSessionDurationMinutes: { values: [60, 120], clears: true },
        canJitProvision: { values: [true, false] },
        canJitProvisionOrganizations: { values: [true, false] },
        claimConditions: {
          values: [[{ claim: "a", operator: "EQUALS", values: ["1"] }], []],
          selection: "claimConditions { claim operator values }",
        },
        clientId: { values: () => [ownedClientId, ownedClientId], unread: true },
        clockToleranceSeconds: { values: [10, 20] },
        maxTokenAgeSeconds: { values: [60, 120], clears: true },
        organizationId: { values: () => [organizationId, organizationId], unread: true },
        publicExchange: { values: [true, false] },
        singleUseTokenId: { values: [true, false] },
      },
    },
  };

  const inputType = (mutation: string) => {
    const field = schema.getMutationType()?.getFields()[mutation];
    const type = field?.args[0]?.type;
    return (isNonNullType(type) ? type.ofType : type) as GraphQLInputObjectType;
  };
  const optionalFields = (mutation: string) =>
    Object.values(inputType(mutation).getFields())
      .filter(({ type }) => !isNonNullType(type))
      .map(({ name }) => name)
      // They say how to change, and are no fields of the object.
      .filter((name) => !["expectedVersion", "force", "endSecrets"].includes(name));

  const send = (mutation: string, input: object) => {
    const { object, fields } = kinds[mutation] as UpdatedKind;
    const selections = Object.entries(fields).flatMap(([name, { selection = name, unread }]) =>
      unread ? [] : [selection],
    );
    return server.operator.send(
      `mutation ($input: ${inputType(mutation)}!) {
        ${mutation}(input: $input) { ${object} { version ${selections.join(" ")} } }
      }`,
      { input },
    );
  };
  const update = async (mutation: string, input: object) => {
    const { data, errors, headers } = await send(mutation, input);
    expect(errors).toEqual([]);
    const object = data[mutation][(kinds[mutation] as UpdatedKind).object];
    return { object, events: await countEvents(headers.get("x-request-id")) };
  };
  const countEvents = async (requestId: string | null): Promise<number> => {
    const { auditEvents } = await server.operator.request(
      "query ($id: String) { auditEvents(filter: { requestId: $id }) { totalCount } }",
      { id: requestId },
    );
    return auditEvents.totalCount;
  };

  test("are all in this table, with every field", () => {
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(Object.keys(kinds).sort()).toEqual(
      mutations.filter((name) => name.startsWith("update")).sort(),
    );
    for (const [mutation, { fields }] of Object.entries(kinds)) {
      expect([mutation, Object.keys(fields).sort()]).toEqual([
        mutation,
        optionalFields(mutation).sort(),
      ]);
    }
  });

  const cases = Object.entries(kinds).flatMap(([mutation, kind]) =>
    Object.entries(kind.fields)
      .filter(([, { unread }]) => !unread)
      .map(([field, updated]) => [mutation, field, kind, updated] as const),
  );

  test.each(cases)(
    "%s(%s) writes another value, and nothing for the same one or none",
    async (mutation, field, { create }, updated) => {
      const [first, second] = valuesOf(updated);
      const { reads = second } = updated;
      const ref = await create();
      const before = await update(mutation, { ...ref, [field]: first });
      const { version } = before.object;
      expect(before.object[field]).toEqual(first);
      const unchanged = { object: before.object, events: 0 };
      expect(await update(mutation, ref)).toEqual(unchanged);
      expect(await update(mutation, { ...ref, expectedVersion: null })).toEqual(unchanged);
      expect(await update(mutation, { ...ref, [field]: first })).toEqual(unchanged);
      const stale = await send(mutation, { ...ref, [field]: first, expectedVersion: 999 });
      expect(stale.errors[0]?.extensions.code).toBe("VERSION_CONFLICT");
      const after = await update(mutation, { ...ref, [field]: second });
      expect(after.object).toMatchObject({ [field]: reads, version: version + 1 });
      expect(after.events).toBeGreaterThan(0);
    },
  );

  test.each(cases.filter(([, , , { clears }]) => clears))(
    "%s(%s: null) clears it",
    async (mutation, field, { create }, updated) => {
      const [first] = valuesOf(updated);
      const ref = await create();
      const { object } = await update(mutation, { ...ref, [field]: first });
      const cleared = await update(mutation, { ...ref, [field]: null });
      expect(cleared.object[field]).not.toEqual(first);
      expect(cleared.object.version).toBe(object.version + 1);
      expect(cleared.events).toBe(1);
      expect(await update(mutation, { ...ref, [field]: null })).toEqual({
        object: cleared.object,
        events: 0,
      });
    },
  );

  test.each(cases.filter(([, , , { clears }]) => !clears))(
    "%s(%s: null) is refused before anything is written, and says what to do",
    async (mutation, field, { create, fields }, updated) => {
      const [first] = valuesOf(updated);
      const ref = await create();
      const { object } = await update(mutation, { ...ref, [field]: first });
      const [other] = Object.entries(fields).filter(
        ([name, { unread }]) => name !== field && !unread,
      );
      const change = other && { [other[0]]: valuesOf(other[1])[1] };
      const { data, errors } = await send(mutation, { ...ref, ...change, [field]: null });
      expect(data?.[mutation] ?? null).toBeNull();
      expect(errors).toMatchObject([
        {
          message: expect.stringMatching(/leave the field out.*omitempty/),
          extensions: { code: "BAD_USER_INPUT", path: ["input", field] },
        },
      ]);
      expect(await update(mutation, ref)).toEqual({ object, events: 0 });
    },
  );

  test.each(Object.keys(kinds))(
    "%s by a client that sends null for every field that is not set loses nothing",
    async (mutation) => {
      const { create, fields } = kinds[mutation] as UpdatedKind;
      const ref = await create();
      let kept = await update(mutation, ref);
      for (const [field, updated] of Object.entries(fields)) {
        if (updated.unread) continue;
        kept = await update(mutation, { ...ref, [field]: valuesOf(updated)[0] });
      }
      const nulls = Object.fromEntries(optionalFields(mutation).map((field) => [field, null]));
      const [first = ""] = Object.keys(fields);
      const input = { ...nulls, expectedVersion: null, ...ref, [first]: "changed" };
      const { errors } = await send(mutation, input);
      expect(errors[0]?.extensions.code).toBe("BAD_USER_INPUT");
      expect(await update(mutation, ref)).toEqual({ object: kept.object, events: 0 });
    },
  );
});
