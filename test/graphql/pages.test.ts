import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { createClient, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

interface PageOfIds {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}

const PAGE = `edges { cursor node { id } } nodes { id } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const PAGE_ARGS = "$first: Int, $after: String, $last: Int, $before: String";
const PASSED = "first: $first, after: $after, last: $last, before: $before";

/** Every list, with its arguments; `$clientId` has grants and events. */
const LISTS = {
  clients: `clients(${PASSED})`,
  "clients, oldest first": `clients(${PASSED}, orderBy: { field: CREATED_AT, direction: ASC })`,
  "clients by name": `clients(${PASSED}, orderBy: { field: NAME, direction: DESC })`,
  "clients with a status": `clients(${PASSED}, filter: { status: ACTIVE })`,
  "clients with a scope by name": `clients(${PASSED}, filter: { scopes: ["a"] }, orderBy: { field: NAME, direction: ASC })`,
  apis: `apis(${PASSED})`,
  clientGrants: `clientGrants(${PASSED})`,
  organizations: `organizations(${PASSED})`,
  "members by name": `members(${PASSED}, orderBy: { field: NAME, direction: ASC })`,
  signingKeys: `signingKeys(${PASSED})`,
  auditEvents: `auditEvents(${PASSED})`,
  "grants of a client": `client(clientId: $clientId) { list: grants(${PASSED}) { ${PAGE} } }`,
  "events of a client": `client(clientId: $clientId) { list: events(${PASSED}) { ${PAGE} } }`,
};

describe("a page", () => {
  let server: TestServer;
  let clientId: string;

  beforeAll(async () => {
    server = await startTestServer();
    const { operator } = server;
    for (let at = 0; at < 5; at++) {
      const client = await createClient(operator, { name: `Worker ${at % 2}`, scopes: ["a"] });
      clientId = client.clientId;
      // Half of the rows have the same time as another one.
      if (at % 2 === 0) server.clock.advance(1);
    }
    for (let at = 0; at < 4; at++) {
      await createGrant(operator, { clientId }, await createApi(operator));
      await updateClient(operator, { clientId, description: `${at}` });
      const { organizationId } = await createOrganization(operator);
      await createMember(operator, organizationId);
    }
    await operator.request(
      `mutation { rotateSigningKey(input: { force: true }) { signingKey { kid } } }`,
    );
  });

  afterAll(async () => {
    await server.stop();
  });

  async function pageOf(field: string, page: object): Promise<PageOfIds> {
    const selection = field.endsWith("}") ? field : `list: ${field} { ${PAGE} }`;
    const declared = field.endsWith("}") ? `$clientId: ID!, ${PAGE_ARGS}` : PAGE_ARGS;
    const variables = { ...page, ...(field.endsWith("}") && { clientId }) };
    const data = await server.operator.request(`query (${declared}) { ${selection} }`, variables);
    return data.list ?? data.client.list;
  }

  const idsOf = ({ nodes }: PageOfIds) => nodes.map(({ id }) => id);

  describe.each(Object.entries(LISTS))("of %s", (_, field) => {
    let all: PageOfIds;

    beforeAll(async () => {
      all = await pageOf(field, { first: 200 });
    });

    test("is the whole list if it is large enough, in the same order from both ends", async () => {
      expect(new Set(idsOf(all)).size).toBe(all.totalCount);
      expect(all.totalCount).toBeGreaterThan(2);
      expect(await pageOf(field, { last: 200 })).toEqual(all);
      expect(all.pageInfo).toEqual({
        hasNextPage: false,
        hasPreviousPage: false,
        startCursor: all.edges.at(0)?.cursor,
        endCursor: all.edges.at(-1)?.cursor,
      });
    });

    test("knows what precedes and what follows it", async () => {
      const { edges, totalCount } = all;
      for (let at = 0; at < totalCount; at += 2) {
        const expected = {
          nodes: edges.slice(at, at + 2).map(({ node }) => node),
          totalCount,
          pageInfo: { hasPreviousPage: at > 0, hasNextPage: at + 2 < totalCount },
        };
        const after = edges[at - 1]?.cursor ?? null;
        expect(await pageOf(field, { first: 2, after })).toMatchObject(expected);
        const before = edges[at + 2]?.cursor ?? null;
        const last = Math.min(2, totalCount - at);
        expect(await pageOf(field, { last, before })).toMatchObject(expected);
      }
    });
  });

  test("has both ends where two cursors are given", async () => {
    const field = LISTS.clients;
    const { edges, nodes } = await pageOf(field, { first: 5 });
    const between = { after: edges[0]?.cursor, before: edges[4]?.cursor };
    const middle = nodes.slice(1, 4);
    expect((await pageOf(field, { first: 3, ...between })).nodes).toEqual(middle);
    expect((await pageOf(field, between)).nodes).toEqual(middle);
    // Relay: only the end from which the page is counted must be exact.
    expect(await pageOf(field, { first: 2, ...between })).toMatchObject({
      nodes: middle.slice(0, 2),
      pageInfo: { hasPreviousPage: true, hasNextPage: true },
    });
    expect(await pageOf(field, { last: 2, ...between })).toMatchObject({
      nodes: middle.slice(1),
      pageInfo: { hasPreviousPage: true, hasNextPage: true },
    });
    expect(
      (await pageOf(field, { after: edges[3]?.cursor, before: edges[2]?.cursor })).nodes,
    ).toEqual([]);
  });

  test("ends at the cursor where only `before` is given", async () => {
    const { edges, nodes } = await pageOf(LISTS.clients, { first: 5 });
    const page = await pageOf(LISTS.clients, { before: edges[3]?.cursor });
    expect(page.nodes).toEqual(nodes.slice(0, 3));
    expect(page.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  });

  test("is empty beyond the end, and knows what precedes it", async () => {
    const { pageInfo } = await pageOf(LISTS.clients, { first: 200 });
    expect(await pageOf(LISTS.clients, { first: 1, after: pageInfo.endCursor })).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  test.each([
    ["first and last", { first: 1, last: 1 }, ["last"]],
    ["no nodes", { last: 0 }, ["last"]],
    ["201 nodes", { last: 201 }, ["last"]],
    ["a negative number of nodes", { first: -1 }, ["first"]],
    ["an invented cursor", { last: 1, before: "x" }, ["before"]],
    ["an invented cursor without a number", { before: "bm90IGpzb24" }, ["before"]],
    ["another list's cursor", { after: "other" }, ["after"]],
  ])("is refused for %s", async (_, page, path) => {
    const { pageInfo } = await pageOf(LISTS["clients by name"], { first: 1 });
    const request = "after" in page ? { after: pageInfo.endCursor } : page;
    const { extensions } = await server.operator.failure(
      `query (${PAGE_ARGS}) { ${LISTS.clients} { totalCount } }`,
      request,
    );
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path });
  });

  test("costs the same counted from either end", async () => {
    const query = (argument: string) =>
      `{ ${Array.from(
        { length: 3 },
        (_, at) => `l${at}: clients(${argument}: 200) { nodes {
        ${Array.from({ length: 40 }, (__, field) => `f${field}: name`).join(" ")}
      } }`,
      ).join("\n")} }`;
    for (const argument of ["first", "last"]) {
      const { extensions } = await server.operator.failure(query(argument));
      expect(extensions.code).toBe("OPERATION_TOO_COMPLEX");
    }
  });
});
