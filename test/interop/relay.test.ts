import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

/** A page of an application as Relay's documentation writes it: pages in both directions, and refetches by id. */
const PAGE = `
import { graphql } from "relay-runtime";

graphql\`
  query clientsPageQuery {
    ...clientsPage_list
    auditEvents(last: 10) @connection(key: "clientsPage_auditEvents", filters: []) {
      edges { node { action target { __typename id ... on Client { ...clientsPage_row @alias } } } }
    }
  }
\`;

graphql\`
  fragment clientsPage_list on Query
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 50 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "ClientFilter" }
  )
  @refetchable(queryName: "clientsPageListQuery") {
    clients(first: $first, after: $after, last: $last, before: $before, filter: $filter)
    @connection(key: "clientsPage_clients") {
      edges { node { ...clientsPage_row } }
      totalCount
    }
  }
\`;

graphql\`
  fragment clientsPage_row on Client
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "clientsPageRowQuery") {
    clientId
    name
    grants(first: $count, after: $cursor) @connection(key: "clientsPage_grants") {
      edges { node { scopes api { identifier } } }
    }
  }
\`;

graphql\`
  fragment clientsPage_session on Session @refetchable(queryName: "clientsPageSessionQuery") {
    member { name }
    authenticationFactors { profile { name } }
  }
\`;

graphql\`
  mutation clientsPageUpdateMutation($input: UpdateClientInput!) {
    updateClient(input: $input) { client { id name version } }
  }
\`;

graphql\`
  mutation clientsPageCreateMutation($input: CreateClientInput!, $connections: [ID!]!) {
    createClient(input: $input) {
      client @prependNode(connections: $connections, edgeTypeName: "ClientEdge") { name }
      clientSecret
    }
  }
\`;
`;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "countersign-relay-"));
  await mkdir(path.join(directory, "src"));
  await cp("schema.graphql", path.join(directory, "schema.graphql"));
  await writeFile(path.join(directory, "src/clientsPage.ts"), PAGE);
  const config = { src: "./src", schema: "./schema.graphql", language: "typescript" };
  await writeFile(path.join(directory, "relay.config.json"), JSON.stringify(config));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test("Relay's compiler takes the schema as it is", async () => {
  // The package exports the path of its program.
  const compiler: string = createRequire(import.meta.url)("relay-compiler");
  await promisify(execFile)(compiler, [], { cwd: directory });
  const artifact = (name: string) =>
    readFile(path.join(directory, `src/__generated__/${name}.graphql.ts`), "utf8");
  // Relay refetches an object by its id.
  for (const name of ["clientsPageRowQuery", "clientsPageSessionQuery"])
    expect(await artifact(name)).toContain("node(id: $id)");
  expect(await artifact("clientsPageUpdateMutation")).toContain("readonly updateClient:");
});
