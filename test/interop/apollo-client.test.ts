import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { basicAuthorization } from "../support/graphql-client.js";
import { createKey, importClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const CLIENTS = gql`query { clients { nodes { id clientId name } } }`;
const RENAME = gql`mutation ($input: UpdateClientInput!) {
  updateClient(input: $input) { client { id name } }
}`;
const EVENTS = gql`query {
  auditEvents(first: 5) { edges { node { id action target { id ... on Client { name } } } } }
}`;

interface Clients {
  clients: { nodes: { id: string; clientId: string; name: string }[] };
}

describe("Apollo Client's cache, without configuration", () => {
  let server: TestServer;
  let cache: InMemoryCache;
  let ours: ApolloClient;
  let theirs: ApolloClient;

  beforeAll(async () => {
    server = await startTestServer();
    const other = await server.otherProject();
    const { secret } = await createKey(other.operator, ["CLIENTS_READ"]);
    const apollo = (authorization: string) =>
      new ApolloClient({
        cache: new InMemoryCache(),
        link: new HttpLink({ uri: `${server.url}/graphql`, headers: { authorization } }),
      });
    ours = apollo(basicAuthorization(server.projectId, server.managementSecret));
    theirs = apollo(basicAuthorization(other.projectId, secret));
    const credential = { clientSecret: "a-secret-that-nobody-guesses-81625" };
    await importClient(server.operator, { clientId: "worker", name: "Ours", ...credential });
    await importClient(other.operator, { clientId: "worker", name: "Theirs", ...credential });
  });

  beforeEach(() => {
    cache = new InMemoryCache();
    for (const client of [ours, theirs]) client.cache = cache;
  });

  afterAll(async () => {
    for (const client of [ours, theirs]) client.stop();
    await server.stop();
  });

  const cachedNames = () =>
    Object.entries(cache.extract())
      .filter(([key]) => key.startsWith("Client:"))
      .map(([, object]) => object?.["name"]);

  test("keeps objects of two projects apart, though their natural keys are equal", async () => {
    await ours.query({ query: CLIENTS, fetchPolicy: "network-only" });
    await theirs.query({ query: CLIENTS, fetchPolicy: "network-only" });
    expect(cachedNames()).toEqual(["Ours", "Theirs"]);
  });

  test("shows a change in every list that has the object", async () => {
    await ours.query({ query: CLIENTS, fetchPolicy: "network-only" });
    await ours.query({ query: EVENTS });
    const input = { clientId: "worker", name: "Renamed" };
    await ours.mutate({ mutation: RENAME, variables: { input } });
    const cached = cache.readQuery<Clients>({ query: CLIENTS });
    expect(cached?.clients.nodes.map(({ name }) => name)).toEqual(["Renamed"]);
    expect(cachedNames()).toEqual(["Renamed"]);
  });
});
