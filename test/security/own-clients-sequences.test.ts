import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeJwt } from "jose";
import { ClientGrant } from "../../src/client-grants/client-grant.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import { scopeMatcher } from "../../src/shared/scopes.js";
import {
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  CREATE_GRANT,
  clientKey,
  createGrant,
  DELETE_GRANT,
  GRANT,
  post,
  postCredentials,
  tokenPath,
  UPDATE_GRANT,
} from "../oauth/oauth-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CANCEL_ROTATION,
  COMPLETE_ROTATION,
  CREATE_CLIENT,
  createClient,
  DELETE_CLIENT,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
  updateProject,
} from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { OwnClientsWorld } from "./own-clients-world.js";

const SUPPLIED = "correct horse battery staple 7351";

/** What one of the callers holds when the sequence begins. */
interface Holding {
  scopes: string[];
  /** Scopes by the name of the API. */
  apis: Record<string, string[]>;
  lifetimeSeconds: number;
  tier: string;
}

const OWN_CLIENTS = ["own_clients:read", "own_clients:write"];

const HOLDINGS: Record<string, Holding> = {
  a1: {
    scopes: ["read:users", "files:*"],
    apis: { orders: ["read:all"], management: ["own_clients:read", "own_clients:write"] },
    lifetimeSeconds: 600,
    tier: "gold",
  },
  a2: {
    scopes: ["write:users"],
    apis: {
      bills: ["read:*", "write:all"],
      management: ["own_clients:read", "own_clients:write", "tokens:write"],
    },
    lifetimeSeconds: 1200,
    tier: "gold",
  },
  b1: {
    scopes: ["admin:all"],
    apis: {
      orders: ["write:all"],
      management: ["own_clients:read", "own_clients:write", "clients:register"],
    },
    lifetimeSeconds: 3600,
    tier: "platinum",
  },
  // A member, with its session JWT.
  m1: {
    scopes: ["read:users", "write:users", "files:*", "read:all", ...OWN_CLIENTS],
    apis: { orders: ["read:all", "read:users"], management: OWN_CLIENTS },
    lifetimeSeconds: 3600,
    tier: "silver",
  },
};
const MEMBERS = ["m1"];
const SCOPES = ["read:users", "write:users", "admin:all", "files:*", "files:list", "read:*"];
const API_SCOPES = ["read:all", "write:all", "read:*"];
const PERMISSIONS = ["own_clients:read", "own_clients:write", "tokens:write", "clients:register"];

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const settings = {
  owner: optional(fc.constantFrom<object | null>("OWN" as never, { externalId: "b" }, null)),
  trustedMetadata: fc.option(fc.constant({ tier: "platinum" }), { nil: undefined, freq: 8 }),
  accessTokenLifetimeSeconds: optional(fc.constantFrom(60, 600, 1200, 7200, null)),
  dpopBoundAccessTokens: fc.option(fc.boolean(), { nil: undefined, freq: 6 }),
};
/** Which of the clients that exist by then, those of others and deleted ones included; -1: the latest one. */
const target = fc.oneof(fc.nat(24), fc.constant(-1));
const grantOn = (api: fc.Arbitrary<"orders" | "bills" | "management">, scopes: string[]) =>
  fc.record({
    kind: fc.constant("grant" as const),
    target,
    api,
    scopes: fc.subarray(scopes),
    allScopes: fc.option(fc.boolean(), { nil: undefined, freq: 6 }),
    accessTokenLifetimeSeconds: optional(fc.constantFrom(60, 600, 1200, 7200)),
  });
const call = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    scopes: fc.subarray(SCOPES),
    withKeys: fc.boolean(),
    key: fc.option(fc.constantFrom("k1", "k2"), { nil: undefined, freq: 3 }),
    ...settings,
  }),
  fc.record({
    kind: fc.constant("update" as const),
    target,
    scopes: optional(fc.subarray(SCOPES)),
    status: optional(fc.constantFrom("ACTIVE", "INACTIVE")),
    withKeys: fc.boolean(),
    ...settings,
  }),
  fc.record({
    kind: fc.constant("secret" as const),
    target,
    operation: fc.constantFrom(
      ROTATE_SECRET,
      START_ROTATION,
      COMPLETE_ROTATION,
      CANCEL_ROTATION,
      REVOKE_PREVIOUS,
    ),
    supplied: fc.boolean(),
  }),
  grantOn(fc.constantFrom("orders", "bills"), API_SCOPES),
  grantOn(fc.constant("management"), PERMISSIONS),
  fc.record({
    kind: fc.constant("changeGrant" as const),
    target,
    scopes: optional(fc.oneof(fc.subarray(API_SCOPES), fc.subarray(PERMISSIONS))),
    allScopes: optional(fc.boolean()),
    accessTokenLifetimeSeconds: optional(fc.constantFrom(60, 600, 1200, 7200, null)),
    isDeletion: fc.option(fc.constant(true), { nil: false, freq: 4 }),
  }),
  fc.record({ kind: fc.constant("delete" as const), target: fc.integer({ min: 3, max: 30 }) }),
  fc.record({ kind: fc.constant("import" as const), target, scopes: fc.subarray(SCOPES) }),
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Somebody who has learnt credentials, and calls with the tokens that they get. */
interface Knower {
  owner: Record<string, string>;
  callers: GraphqlClient[];
  secrets: { clientId: string; clientSecret: string }[];
  /** Clients that have, or once had, the knower's key. */
  keyed: Set<string>;
}

describe("callers that manage the clients of their owners", () => {
  let server: TestServer;
  let world: OwnClientsWorld;
  let key: ClientKey;
  let sequences = 0;

  beforeAll(async () => {
    server = await startTestServer();
    world = await OwnClientsWorld.create(server);
    key = await clientKey();
    await updateProject(server.operator, {
      inheritedMetadataKeys: ["tier"],
      claimsTemplate: '{ "tier": {{ client.trusted_metadata.tier || "free" }} }',
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const apis = () => ({ orders: world.orders, bills: world.bills, management: world.management });
  type ApiName = keyof ReturnType<typeof apis>;

  /** Starts with the holders of HOLDINGS, and with clients that no caller may have. */
  async function begin(active: readonly string[]) {
    const { operator } = server;
    const run = ++sequences;
    const ownerOf = (name: string) => ({ externalId: `${name[0]}-${run}` });
    const clients: string[] = [];
    const knowers = new Map<string, Knower>();
    for (const [name, { scopes, apis: held, lifetimeSeconds, tier }] of Object.entries(HOLDINGS)) {
      if (MEMBERS.includes(name)) continue;
      const client = await createClient(operator, {
        owner: ownerOf(name),
        scopes,
        accessTokenLifetimeSeconds: lifetimeSeconds,
        trustedMetadata: { tier },
      });
      for (const [api, granted] of Object.entries(held)) {
        await createGrant(operator, client, apis()[api as ApiName], { scopes: granted });
      }
      clients.push(client.clientId);
      if (!active.includes(name)) continue;
      knowers.set(name, {
        owner: ownerOf(name),
        callers: [await world.callerOf(client)],
        secrets: [client],
        keyed: new Set(),
      });
    }
    for (const owner of [ownerOf("a"), ownerOf("b"), { externalId: `c-${run}` }, null]) {
      const client = await createClient(operator, {
        ...(owner && { owner }),
        scopes: ["admin:all", "read:users"],
        trustedMetadata: { tier: "platinum" },
      });
      await createGrant(operator, client, world.orders, { allScopes: true });
      clients.push(client.clientId);
    }
    for (const name of ["a", "b"]) {
      const client = await createClient(operator, {
        owner: ownerOf(name),
        scopes: [],
        accessTokenLifetimeSeconds: 60,
        trustedMetadata: { tier: name === "a" ? "platinum" : "gold" },
      });
      clients.push(client.clientId);
    }
    for (const name of active.filter((one) => MEMBERS.includes(one))) {
      const { scopes, apis: held, tier } = HOLDINGS[name] as Holding;
      const apiIds = Object.keys(held).map((api) => apis()[api as ApiName].apiId);
      const member = await world.member({ owner: "MEMBER", scopes, apiIds }, { tier });
      const { memberId, caller } = member;
      const client = await createClient(caller, { scopes: [] });
      clients.push(client.clientId);
      const owner = { memberId };
      knowers.set(name, { owner, callers: [caller], secrets: [client], keyed: new Set() });
    }
    return { clients, knowers };
  }

  async function perform(step: Call, knower: Knower, clients: string[], caller: GraphqlClient) {
    const { kind, ...rest } = step;
    const clientId = "target" in step ? (clients.at(step.target % clients.length) ?? "") : "";
    const send = (operation: string, input: object) =>
      caller.send(operation, { input: JSON.parse(JSON.stringify(input)) });
    const learn = (id: string, clientSecret: string | null | undefined) => {
      if (clientSecret) knower.secrets.push({ clientId: id, clientSecret });
    };
    const withSettings = (input: {
      withKeys?: boolean;
      owner?: unknown;
      [name: string]: unknown;
    }) => {
      const { withKeys, owner, ...others } = input;
      return {
        ...others,
        ...(owner !== undefined && {
          owner: (owner as string) === "OWN" ? knower.owner : owner,
        }),
        ...(withKeys && {
          tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
          keys: { publicKeys: [{ jwk: key.jwk }] },
        }),
      };
    };
    if (kind === "create") {
      const { key: idempotencyKey, ...input } = rest as Extract<Call, { kind: "create" }>;
      const { data } = await send(CREATE_CLIENT, withSettings({ ...input, idempotencyKey }));
      const created = data?.createClient;
      if (!created) return;
      clients.push(created.client.clientId);
      learn(created.client.clientId, created.clientSecret);
      if (input.withKeys) knower.keyed.add(created.client.clientId);
    } else if (kind === "update") {
      const { target: _, ...input } = rest as Extract<Call, { kind: "update" }>;
      const { errors } = await send(UPDATE_CLIENT, { clientId, ...withSettings(input) });
      if (errors.length === 0 && input.withKeys) knower.keyed.add(clientId);
    } else if (kind === "secret") {
      const { operation, supplied } = rest as Extract<Call, { kind: "secret" }>;
      const takesSecret = operation === ROTATE_SECRET || operation === START_ROTATION;
      const given = takesSecret && supplied ? { clientSecret: SUPPLIED } : {};
      const { data, errors } = await send(operation, { clientId, ...given });
      const made = data?.rotateSecret?.clientSecret ?? data?.startSecretRotation?.nextClientSecret;
      learn(clientId, made ?? (errors.length === 0 && supplied && takesSecret ? SUPPLIED : null));
    } else if (kind === "grant") {
      const { api, target: _, ...access } = rest as Extract<Call, { kind: "grant" }>;
      await send(CREATE_GRANT, { clientId, apiId: apis()[api].apiId, ...access });
    } else if (kind === "changeGrant") {
      const change = rest as Extract<Call, { kind: "changeGrant" }>;
      const { read } = server.services.unitOfWork;
      const grants = await read.find(ClientGrant, { where: { clientId } });
      const clientGrantId = grants.at(change.target % Math.max(1, grants.length))?.clientGrantId;
      const { isDeletion, target: _, ...access } = change;
      if (isDeletion) await send(DELETE_GRANT, { clientGrantId: clientGrantId ?? "missing" });
      else await send(UPDATE_GRANT, { clientGrantId: clientGrantId ?? "missing", ...access });
    } else if (kind === "delete") {
      await send(DELETE_CLIENT, { clientId });
    } else {
      const { scopes } = rest as Extract<Call, { kind: "import" }>;
      const input = { clientId, clientSecret: SUPPLIED, scopes };
      const { errors } = await send(
        "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }",
        input,
      );
      // A caller that has deleted or deactivated its own client.
      expect(["FORBIDDEN", "UNAUTHENTICATED"]).toContain(errors[0]?.extensions.code);
    }
  }

  /** Checks every token that somebody can get against what the callers of the same owner held together. */
  async function checkTokens(knower: Knower, held: readonly Holding[]) {
    const ways = [
      ...knower.secrets.map((client) => async () => ({ ...GRANT, ...postCredentials(client) })),
      ...[...knower.keyed].map((clientId) => async () => ({
        ...GRANT,
        client_id: clientId,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, clientId, key),
      })),
    ];
    let tokens = 0;
    for (const way of ways) {
      for (const api of ["project", "orders", "bills", "management"]) {
        const audience: Record<string, string> =
          api === "project" ? {} : { audience: apis()[api as ApiName].identifier };
        const { status, body } = await post(server, tokenPath(server), {
          ...(await way()),
          ...audience,
        });
        if (status !== 200) continue;
        tokens += 1;
        const holders = api === "project" ? held : held.filter((one) => one.apis[api]);
        const allowed = holders.flatMap((one) => (api === "project" ? one.scopes : one.apis[api]));
        const isAllowed = scopeMatcher(allowed as string[]);
        const scopes = (body.scope ?? "").split(" ").filter(Boolean);
        expect([api, scopes.filter((scope: string) => !isAllowed(scope))]).toEqual([api, []]);
        expect(holders.length).toBeGreaterThan(0);
        const longest = Math.max(...holders.map(({ lifetimeSeconds }) => lifetimeSeconds));
        expect(body.expires_in).toBeLessThanOrEqual(longest);
        const { tier } = decodeJwt(body.access_token);
        expect(["free", ...held.map((one) => one.tier)]).toContain(tier);
      }
    }
    return tokens;
  }

  async function rowsOfOthers(owners: readonly string[]): Promise<string> {
    const { read } = server.services.unitOfWork;
    const clients = await read.find(Client, { order: { clientId: "ASC" } });
    const others = clients.filter(({ ownerId }) => !owners.includes(ownerId ?? ""));
    const ids = new Set(others.map(({ clientId }) => clientId));
    const of = <Row extends { clientId: string }>(rows: Row[]) =>
      rows.filter(({ clientId }) => ids.has(clientId));
    return JSON.stringify([
      others.map((client) => ({ ...client, lastUsedAt: null })),
      of(await read.find(ClientGrant, { order: { clientGrantId: "ASC" } })),
      of(await read.find(ClientSecret, { order: { secretId: "ASC" } })).map((secret) => ({
        ...secret,
        lastUsedAt: null,
        fingerprint: null,
      })),
    ]);
  }

  test("get no tokens beyond what they began with, and change no others, whatever they call", async () => {
    let tokens = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          ["a1"],
          ["a2"],
          ["b1"],
          ["a1", "b1"],
          ["a1", "a2", "b1"],
          ["m1"],
          ["a1", "m1"],
        ),
        fc.array(fc.tuple(fc.nat(2), fc.nat(5), call), { minLength: 3, maxLength: 25 }),
        async (active, steps) => {
          const { clients, knowers } = await begin(active);
          const owners = [...knowers.values()].flatMap(({ owner }) => Object.values(owner));
          const before = await rowsOfOthers(owners);
          for (const [who, as, step] of steps) {
            const knower = knowers.get(active[who % active.length] ?? "");
            if (!knower) throw new Error("nobody calls");
            const caller = knower.callers[as % knower.callers.length] as GraphqlClient;
            await perform(step, knower, clients, caller);
            const [latest] = knower.secrets.slice(-1);
            const next = latest && (await world.callerOf(latest).catch(() => null));
            if (next && knower.callers.length < 6) knower.callers.push(next);
          }
          for (const knower of knowers.values()) {
            const allies = [...knowers].filter(([, { owner }]) =>
              isDeepStrictEqual(owner, knower.owner),
            );
            const held = allies.map(([name]) => HOLDINGS[name] as Holding);
            tokens += await checkTokens(knower, held);
          }
          expect(await rowsOfOthers(owners)).toBe(before);
        },
      ),
      { numRuns: runs(300) },
    );
    expect(tokens).toBeGreaterThan(30);
  }, 300_000);
});
