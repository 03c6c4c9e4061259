import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestServer, type TestServer } from "../support/test-server.js";

const GUESS = 'issueToken(input: { clientId: "a", clientSecret: "b" }) { scope }';
const CREATE = "createClient(input: { scopes: [] }) { clientSecret }";

describe("the limits of a request", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const refusal = async (query: string, operationName?: string, variables = {}) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, operationName, variables }),
    });
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    expect(response.status).toBe(400);
    return errors[0]?.message;
  };

  test.each([
    ["aliases", `mutation { a: ${GUESS} b: ${GUESS} }`],
    ["a named fragment", `mutation { ${GUESS} ...more } fragment more on Mutation { b: ${GUESS} }`],
    [
      "a fragment that is spread twice",
      `mutation { ...more ... on Mutation { ...more } } fragment more on Mutation { ${GUESS} }`,
    ],
    ["inline fragments", `mutation { ... on Mutation { a: ${GUESS} } ... { b: ${GUESS} } }`],
    [
      "nested fragments",
      `mutation { ...one } fragment one on Mutation { a: ${GUESS} ...two }
       fragment two on Mutation { ... on Mutation { b: ${GUESS} } }`,
    ],
    [
      "directives",
      `mutation ($no: Boolean = false) { a: ${GUESS} ... @include(if: $no) { b: ${GUESS} } }`,
    ],
    ["the same field twice", `mutation { ${GUESS} ${GUESS} }`],
    [
      "different guarded operations",
      `mutation { ${GUESS} authenticateSession(input: { credential: { sessionToken: "x" } }) { sessionJwt } }`,
    ],
  ])("allow one guess at a credential with %s", async (_what, query) => {
    expect(await refusal(query)).toContain("A request may contain only one of issueToken");
  });

  test("allow one guess in all operations of a document", async () => {
    const query = `mutation A { ${GUESS} } mutation B { ${GUESS} }`;
    expect(await refusal(query, "A")).toContain("only one of issueToken");
  });

  test("allow one guess beside other mutations", async () => {
    const { errors } = await server.anonymous.send(`mutation { ${GUESS} }`);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["INVALID_CLIENT"]);
    const both = await server.operator.send(`mutation { ${CREATE} ${GUESS} }`);
    expect(both.errors.map(({ extensions }) => extensions.code)).toEqual(["INVALID_CLIENT"]);
  });

  test("allow ten mutations", async () => {
    const many = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `m${index}: ${CREATE}`).join(" ")} }`;
    expect(Object.keys(await server.operator.request(many(10)))).toHaveLength(10);
    expect(await refusal(many(11))).toBe("A request may contain at most 10 mutations");
  });

  test("allow a thousand tokens", async () => {
    const message = await refusal(`{ ${"a: __typename ".repeat(400)} }`);
    expect(message).toMatch(/1000 tokens/);
  });

  test("refuse fragments that spread each other", async () => {
    const message = await refusal(
      "mutation { ...a } fragment a on Mutation { ...b } fragment b on Mutation { ...a }",
    );
    expect(message).toContain("Cannot spread fragment");
  });

  test("refuse fragments that double each other, within two seconds of CPU time", async () => {
    const fragments = Array.from(
      { length: 20 },
      (_, index) => `fragment f${index} on Mutation { ...f${index + 1} ...f${index + 1} }`,
    ).join(" ");
    // The CPU time of this process does not depend on how busy the machine is.
    const before = process.cpuUsage();
    await refusal(`mutation { ...f0 } ${fragments} fragment f20 on Mutation { ${GUESS} }`);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  test("refuse pages that together cost more than a full page of clients", async () => {
    const page = (alias: string) =>
      `${alias}: clients(first: 200) { nodes { clientId name scopes } edges { cursor node { clientId name } } }`;
    await server.operator.request(`{ ${page("a")} }`);
    const pages = Array.from({ length: 15 }, (_, index) => page(`p${index}`)).join(" ");
    expect(await refusal(`{ ${pages} }`)).toMatch(/is too complex: request smaller pages/);
  });

  test("count each condition of a filter, also in a variable", async () => {
    const search = (filter: string) =>
      Array.from({ length: 45 }, (_, at) => `l${at}: clients(first: 1, ${filter}) { totalCount }`);
    const query = `query ($filter: ClientFilter) { ${search("filter: $filter").join(" ")} }`;
    const tooComplex = /is too complex: request smaller pages/;
    expect((await server.operator.send(query, { filter: null })).status).toBe(200);
    expect(await refusal(query, undefined, { filter: { nameContains: "a" } })).toMatch(tooComplex);
    const literal = `{ ${search('filter: { nameContains: "a" }').join(" ")} }`;
    expect(await refusal(literal)).toMatch(tooComplex);
  });

  test("count each entry of a list in a filter, and null as no condition", async () => {
    const count = (of: number, filter: object) => {
      const search = Array.from(
        { length: of },
        (_, at) => `l${at}: clients(first: 1, filter: $filter) { totalCount }`,
      );
      return server.operator.send(`query ($filter: ClientFilter) { ${search.join(" ")} }`, {
        filter,
      });
    };
    const many = Array.from({ length: 10 }, (_, at) => `x${at}`);
    expect((await count(45, { scopes: null, metadata: null, neverUsed: null })).status).toBe(200);
    expect((await count(45, { scopes: [], metadata: [] })).status).toBe(200);
    for (const conditions of [{ scopes: many }, { metadata: many.map((key) => ({ key })) }]) {
      expect((await count(3, conditions)).status).toBe(200);
      expect((await count(4, conditions)).status).toBe(400);
    }
    const clientIds = Array.from({ length: 1000 }, (_, at) => `client_${at}`);
    expect((await count(10, { clientIds })).status).toBe(200);
    expect((await count(14, { clientIds })).status).toBe(400);
  });

  test("count a condition that was null when the same operation ran before", async () => {
    const search = Array.from(
      { length: 45 },
      (_, at) => `l${at}: clients(first: 1, filter: { nameContains: $part }) { totalCount }`,
    );
    const query = `query ($part: String) { ${search.join(" ")} }`;
    expect((await server.operator.send(query, { part: null })).status).toBe(200);
    expect((await server.operator.send(query)).status).toBe(200);
    expect(await refusal(query, undefined, { part: "a" })).toMatch(/is too complex/);
  });

  test("count a nested list as a statement for each node", async () => {
    const grants = "grants(first: 1) { totalCount }";
    const query = (alike: string) => `{ clients(first: 200) { nodes { ${alike} } } }`;
    const aliases = Array.from({ length: 5 }, (_, at) => `g${at}: ${grants}`).join(" ");
    expect(await refusal(query(aliases))).toMatch(/is too complex: request smaller pages/);
    await expect(server.operator.send(query(grants))).resolves.toMatchObject({ status: 200 });
  });

  test.each([
    ["an argument", 'query ($x: ID = "a")', "client(clientId: $x) { clientId }"],
    ["a condition", "query ($x: Boolean = true)", "project { projectId @include(if: $x) }"],
  ])("hold when %s is null", async (_where, head, field) => {
    const lists = Array.from(
      { length: 12 },
      (_, at) => `l${at}: clients(first: 200) { nodes {
      name clientId status scopes createdAt updatedAt version description trustedMetadata } }`,
    );
    const query = `${head} { ${field} ${lists.join(" ")} }`;
    expect(await refusal(query)).toMatch(/is too complex: request smaller pages/);
    const withNull = await refusal(query, undefined, { x: null });
    expect(withNull).toBe("An argument of the operation is invalid");
  });

  test("count a page without a size as a page of the default size", async () => {
    const page = (index: number) => `p${index}: clients { nodes { a: name b: name c: name } }`;
    const pages = Array.from({ length: 45 }, (_, index) => page(index)).join(" ");
    await server.operator.request(`{ ${pages} }`);
  });

  test("apply to the depth of a query but not to introspection", async () => {
    const deep = "ofType { ".repeat(20);
    await server.anonymous.request(`{ __schema { types { ${deep} name ${"} ".repeat(20)} } } }`);
  });
});
