import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const GUESS = 'issueToken(input: { clientId: "a", clientSecret: "b" }) { scope }';
const CREATE = "createClient(input: { scopes: [] }) { clientSecret }";

/** Each fragment spreads the next one, and each operation reaches all of them. */
const chain = (operations: number, fragments: number, field = "__typename") =>
  [
    ...Array.from({ length: operations }, (_, at) => `query q${at}{...f0}`),
    ...Array.from({ length: fragments }, (_, at) =>
      at < fragments - 1
        ? `fragment f${at} on Query{...f${at + 1}}`
        : `fragment f${at} on Query{${field}}`,
    ),
  ].join("");

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

  test("judge the operation that is executed, and not the others of its document", async () => {
    const { clientId } = await createClient(server.operator, { name: "one of forty" });
    const lists = Array.from(
      { length: 19 },
      (_, at) => `query L${at} { clients(first: 200) { nodes { ...fields } } }`,
    );
    const guesses = Array.from({ length: 19 }, (_, at) => `mutation G${at} { ${GUESS} }`);
    const document = [
      ...lists,
      ...guesses,
      `mutation Two { a: ${GUESS} b: ${GUESS} }`,
      `subscription None { clients { totalCount } }`,
      `query Aliases { a: __schema { b: types { name } } }`,
      `query Huge { ${Array.from({ length: 400 }, (_, at) => `c${at}: clients { totalCount }`).join(" ")} }`,
      "fragment fields on Client { name clientId status scopes createdAt updatedAt version }",
    ].join("\n");
    const named = async (operationName: string) => {
      const { status, errors, data } = await server.operator.send(document, {}, {}, operationName);
      return [status, errors.map(({ extensions }) => extensions.code), data];
    };
    for (const _again of ["parsed", "from the cache"]) {
      const [status, , data] = await named("L7");
      expect([status, data.clients.nodes[0]]).toEqual([200, expect.objectContaining({ clientId })]);
      expect((await named("G3")).slice(0, 2)).toEqual([200, ["INVALID_CLIENT"]]);
      expect(await named("Huge")).toEqual([400, ["OPERATION_TOO_COMPLEX"], null]);
      for (const refused of ["Two", "None", "Aliases"]) {
        expect(await named(refused)).toEqual([400, ["GRAPHQL_VALIDATION_FAILED"], null]);
      }
    }
  });

  test("count the fragments that the executed operation reaches", async () => {
    const query = `mutation One { ...a } mutation Two { ...a ...b }
      fragment a on Mutation { a: ${GUESS} } fragment b on Mutation { b: ${GUESS} }`;
    const one = await server.operator.send(query, {}, {}, "One");
    expect(one.errors.map(({ extensions }) => extensions.code)).toEqual(["INVALID_CLIENT"]);
    expect(await refusal(query, "Two")).toContain("only one of issueToken");
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

  test("allow a thousand selections, and documents of ten thousand tokens", async () => {
    const fields = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `a${at}: __typename`).join(" ")} }`;
    expect(await refusal(fields(1001))).toContain("must not select more than 1000 fields");
    expect(await refusal(fields(10_000))).toMatch(/10000 tokens/);
    await server.anonymous.request(fields(1000));
  });

  test("allow a document of forty operations and sixty fragments", async () => {
    const { status } = await server.anonymous.send(chain(40, 60), {}, {}, "q7");
    expect(status).toBe(200);
    expect((await server.anonymous.send(chain(100, 100), {}, {}, "q99")).status).toBe(200);
  });

  test.each([
    [101, 1],
    [1, 101],
    [640, 640],
  ])("refuse a document of %d operations and %d fragments", async (operations, fragments) => {
    const { status, errors, data } = await server.anonymous.send(
      chain(operations, fragments, "__typename"),
      {},
      {},
      "q0",
    );
    expect([status, data]).toEqual([400, null]);
    expect(errors.map(({ extensions }) => extensions)).toEqual(
      errors.map(() => ({ code: "GRAPHQL_VALIDATION_FAILED" })),
    );
    expect(errors.map(({ message }) => message)).toEqual([
      "The document must not have more than 100 operations or 100 fragments: send only the operation that is executed",
    ]);
  });

  test("refuse a document that selects more than two thousand fields in all", async () => {
    const select = (name: string, count: number) =>
      `query ${name} { ${Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(" ")} }`;
    const send = (count: number) =>
      server.anonymous.send(`${select("one", 999)} ${select("two", count)}`, {}, {}, "one");
    expect((await send(1000)).errors).toEqual([]);
    expect((await send(1002)).errors.map(({ message }) => message)).toEqual([
      "The document must not select more than 2000 fields in all: send only the operation that is executed",
    ]);
  });

  test("refuse a document that spreads more than a hundred fragments, whether they exist or not", async () => {
    const spreads = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `...f${at}`).join(" ")} }`;
    expect(await refusal(spreads(101))).toBe(
      "The document must not spread more than 100 fragments",
    );
    expect(await refusal(spreads(100))).toBe('Unknown fragment "f0".');
  });

  describe("allow objects of 64 members in variables", () => {
    const members = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, at]));
    const create = (input: object) =>
      server.operator.send(
        "mutation ($i: CreateClientInput!) { createClient(input: $i) { client { clientId } } }",
        { i: { scopes: [], ...input } },
      );
    const tooMany = {
      message: "An object must not have more than 64 members",
      extensions: { code: "BAD_USER_INPUT", path: ["input"] },
    };

    test.each([
      ["an input object", members(65)],
      ["a text", { name: members(65) }],
      ["an unknown field", { nothing: [{ more: members(65) }] }],
      ["an item", { scopes: [members(65)] }],
    ])("and not more for %s", async (_what, input) => {
      const { status, errors } = await create(input);
      expect([status, errors]).toEqual([400, [expect.objectContaining(tooMany)]]);
    });

    test("and tell the first wrong one", async () => {
      const { status, errors } = await create(members(60));
      expect(status).toBe(400);
      expect(errors[0]?.message).toBe(
        'Variable "$i" has an invalid value: Field "a0" is not defined by type "CreateClientInput".',
      );
    });

    test("and more in a JSON object", async () => {
      const { errors } = await create({ trustedMetadata: { plan: members(300) } });
      expect(errors).toEqual([]);
      const jwk = await create({ name: "x", keys: { publicKeys: { jwk: members(300) } } });
      expect(jwk.errors[0]?.message).not.toBe(tooMany.message);
    });
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

  test.each([
    "previewClaimsTemplate(clientId: $id, template: $template)",
    "previewSessionClaimsTemplate(memberId: $id, template: $template)",
  ])("count the cost of %s", async (preview) => {
    const query = (count: number) =>
      `query ($id: ID!, $template: String) { ${Array.from({ length: count }, (_, at) => `p${at}: ${preview}`).join(" ")} }`;
    const variables = { id: "unknown", template: "{}" };
    expect((await server.operator.send(query(20), variables)).status).toBe(200);
    const refused = await refusal(query(24), undefined, variables);
    expect(refused).toMatch(/is too complex: request smaller pages/);
  });

  test("count the cost of ownClientLimits", async () => {
    const query = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `l${at}: ownClientLimits { clientCount apis { scopes } }`).join(" ")} }`;
    expect((await server.operator.send(query(3))).status).toBe(200);
    expect(await refusal(query(4))).toMatch(/is too complex: request smaller pages/);
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
