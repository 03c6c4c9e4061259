import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
} from "graphql";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
type Field = GraphQLField<unknown, unknown>;

/** The objects that each mutation's payload shows to whoever may call it, as `Client` or `Client of Profile`. */
function shownObjects({ type }: Field): string[] {
  const seen = new Set<string>();
  const visit = (parent: GraphQLObjectType, path: string): string[] =>
    Object.values(parent.getFields()).flatMap((field: Field) => {
      const named = getNamedType(field.type);
      if (field.description?.includes("Permission:") || !isObjectType(named)) return [];
      if (seen.has(named.name)) return [];
      seen.add(named.name);
      const isNode = named.getInterfaces().some(({ name }) => name === "Node");
      const shown = isNode ? [`${named.name}${path}`] : [];
      return [...shown, ...visit(named, isNode ? ` of ${named.name}` : path)];
    });
  return visit(getNamedType(type) as GraphQLObjectType, "");
}

/** What mutations with a credential in their input show of those whom it identifies. */
const BY_CREDENTIAL = ["Session", "Member", "Organization"];
const EXPECTED: Record<string, string[]> = {
  attestSession: BY_CREDENTIAL,
  authenticateSession: BY_CREDENTIAL,
  exchangeSession: BY_CREDENTIAL,
  createProject: ["Project", "ManagementKey"],
};
/** The kinds of objects that each write permission is about. */
const KINDS: Record<string, string[]> = {
  clients: ["Client", "ClientGrant"],
  settings: ["Project"],
  profiles: ["Profile"],
  apis: ["Api"],
  members: ["Member"],
  organizations: ["Organization"],
  management_keys: ["ManagementKey"],
  signing_keys: ["SigningKey", "PublishedKey"],
};

describe("the payload of a mutation", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const mutations: Field[] = Object.values(schema.getMutationType()?.getFields() ?? {});

  test.each(mutations.map((field) => [field.name, field] as const))(
    "of %s shows only objects of the kind that its permission is about",
    (name, field) => {
      const [, resource = ""] = /Permission: `(\w+):\w+`/.exec(field.description ?? "") ?? [];
      const shown = shownObjects(field).sort();
      if (EXPECTED[name]) return expect(shown).toEqual([...EXPECTED[name]].sort());
      expect((KINDS[resource] ?? []).concat(shown)).toEqual(expect.arrayContaining(shown));
      expect(shown.filter((kind) => !KINDS[resource]?.includes(kind))).toEqual([]);
    },
  );

  test("that revokes a client's tokens shows neither its metadata nor its grants nor their APIs", async () => {
    const { operator } = server;
    const client = await createClient(operator, { trustedMetadata: { plan: "secret plan" } });
    await createGrant(operator, client, await createApi(operator));
    const { clientId } = client;
    const revoke = `mutation ($input: RevokeClientTokensInput!) {
      revokeClientTokens(input: $input) {
        clientId client { trustedMetadata grants { nodes { scopes api { identifier } } } }
      }
    }`;
    const revoker = await server.keyWith("tokens:write");
    const { data, errors } = await revoker.send(revoke, { input: { clientId } });
    expect(data).toEqual({ revokeClientTokens: { clientId, client: null } });
    expect(errors).toMatchObject([
      { path: ["revokeClientTokens", "client"], extensions: { code: "FORBIDDEN" } },
    ]);
    const reader = await server.keyWith("tokens:write", "clients:read");
    const answer = await reader.send(revoke, { input: { clientId } });
    expect(answer.data.revokeClientTokens.client).toMatchObject({
      trustedMetadata: { plan: "secret plan" },
      grants: { nodes: [{ api: null }] },
    });
  });

  test("that changes a client shows the client, and its grants only to readers of clients", async () => {
    const { clientId } = await createClient(server.operator);
    const update = `mutation ($input: UpdateClientInput!) {
      updateClient(input: $input) { client { name grants { nodes { scopes } } } }
    }`;
    const writer = await server.keyWith("clients:write");
    const { data } = await writer.send(update, { input: { clientId, name: "Renamed" } });
    expect(data.updateClient.client).toEqual({ name: "Renamed", grants: null });
  });
});
