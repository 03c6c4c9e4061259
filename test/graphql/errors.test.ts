import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { basicAuthorization, type GraphqlError } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  CREATE_KEY,
  IMPORT_CLIENT,
  ISSUE_TOKEN,
  UPDATE_CLIENT,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** Contains the characters at which error messages are split. */
const VALUE = 'a "marker": of; Field "value" at "input.x", found (it)';
const LITERAL = JSON.stringify(VALUE);

describe("a GraphQL error", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const refusal = async (query: string, variables: object = {}) => {
    const answer = await server.operator.send(query, variables);
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain("marker");
    return answer.errors;
  };

  test.each([
    [CREATE_CLIENT, { scopes: VALUE.length }, ["input", "scopes"]],
    [CREATE_CLIENT, { scopes: ["ok", { marker: VALUE }] }, ["input", "scopes", 1]],
    [CREATE_CLIENT, { scopes: [], name: [VALUE] }, ["input", "name"]],
    [CREATE_CLIENT, { scopes: [], name: { a: VALUE } }, ["input", "name"]],
    [CREATE_CLIENT, { scopes: [], expiresAt: VALUE }, ["input", "expiresAt"]],
    [CREATE_CLIENT, { scopes: [], expiresAt: { at: VALUE } }, ["input", "expiresAt"]],
    [CREATE_CLIENT, { scopes: [], trustedMetadata: VALUE }, ["input", "trustedMetadata"]],
    [CREATE_CLIENT, { scopes: [], trustedMetadata: [VALUE] }, ["input", "trustedMetadata"]],
    [
      CREATE_CLIENT,
      { scopes: [], accessTokenLifetimeSeconds: VALUE },
      ["input", "accessTokenLifetimeSeconds"],
    ],
    [
      CREATE_CLIENT,
      { scopes: [], accessTokenLifetimeSeconds: 1e10 },
      ["input", "accessTokenLifetimeSeconds"],
    ],
    [CREATE_CLIENT, { name: VALUE }, ["input"]],
    [CREATE_CLIENT, VALUE, ["input"]],
    [CREATE_CLIENT, [VALUE], ["input"]],
    [UPDATE_CLIENT, { clientId: "x", status: VALUE }, ["input", "status"]],
    [UPDATE_CLIENT, { clientId: { id: VALUE } }, ["input", "clientId"]],
    [ISSUE_TOKEN, { clientId: "x", clientSecret: [VALUE] }, ["input", "clientSecret"]],
    [ISSUE_TOKEN, { clientId: "x", clientSecrt: VALUE }, ["input"]],
    [IMPORT_CLIENT, { clientId: "x", clientSecret: { a: VALUE } }, ["input", "clientSecret"]],
    [CREATE_KEY, { name: VALUE, permissions: [[VALUE]] }, ["input", "permissions", 0]],
  ])("for an invalid variable names the path and not the value: %#", async (query, input, path) => {
    const errors = await refusal(query, { input });
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors) expect(extensions.code).toBe("BAD_USER_INPUT");
    expect(errors[0]?.extensions.path).toEqual(path);
  });

  test.each([
    [
      "mutation ($data: CreateClientInput!) { createClient(input: $data) { clientSecret } }",
      { data: { scopes: [{ marker: VALUE }] } },
      ["input", "scopes", 0],
    ],
    [
      "mutation ($data: CreateClientInput!) { createClient(input: $data) { clientSecret } }",
      {},
      ["input"],
    ],
    [
      "mutation ($n: String) { createClient(input: { scopes: [], name: $n }) { clientSecret } }",
      { n: [VALUE] },
      ["input", "name"],
    ],
    [
      'mutation ($s: String!) { createClient(input: { scopes: ["a", $s] }) { clientSecret } }',
      { s: 5 },
      ["input", "scopes", 1],
    ],
    [
      "mutation ($s: [String!]!) { ...create } fragment create on Mutation { createClient(input: { scopes: $s }) { clientSecret } }",
      { s: ["a", 5] },
      ["input", "scopes", 1],
    ],
    ["query ($size: Int) { clients(first: $size) { totalCount } }", { size: VALUE }, ["first"]],
    [
      "query A($size: Int) { clients(first: $size) { totalCount } } query B($size: Int) { apis(after: $size) { totalCount } }",
      { size: VALUE },
      null,
    ],
    [
      'mutation { createClient(input: { scopes: ["a", { marker: 5 }] }) { clientSecret } }',
      {},
      ["input", "scopes", 1],
    ],
    ['mutation { createClient(input: { name: "x" }) { clientSecret } }', {}, ["input"]],
    ['query ($id: ID = "a") { client(clientId: $id) { name } }', { id: null }, ["clientId"]],
  ])("names the path from the argument on: %s", async (query, variables, path) => {
    const [error] = await refusal(query, variables);
    expect(error?.extensions.path ?? null).toEqual(path);
  });

  const TIME = "A date and time is a string such as 2026-01-31T12:00:00Z (RFC 3339)";
  const MINUTES = "An offset has hours, a colon and minutes: 2026-01-31T12:00:00+02:00";
  const OFFSET = "The offset is missing: 2026-01-31T12:00:00Z, or 2026-01-31T12:00:00+02:00";
  const ALL = "A date needs a time and an offset as well, such as 2026-01-31T00:00:00Z";
  test.each([
    ["2027-03-04T05:06:07", OFFSET],
    ["2027-03-04 05:06", OFFSET],
    ["2027-03-04", ALL],
    ["2027-03-04T05:06:07.891", OFFSET],
    ["2027-03-04 05:06:07Z", "A T stands between date and time: 2026-01-31T12:00:00Z"],
    ["2027-03-04T05:06Z", "The seconds are missing: 2026-01-31T12:00:00Z"],
    ["2027-03-04T05:06:07+0200", MINUTES],
    ["2027-03-04T05:06:07-05", MINUTES],
    ["2027-03-04T24:00:00Z", "The end of a day is 00:00:00 of the next one"],
    ["2028-12-31T23:59:60Z", "Leap seconds are not supported: give the next second"],
    ["2027-13-04T05:06:07Z", `There is no such day, time or offset. ${TIME}`],
    ["2027-02-29T05:06:07Z", `There is no such day, time or offset. ${TIME}`],
    ["2027-03-04T25:06:07Z", `There is no such day, time or offset. ${TIME}`],
    ["2027-03-04T05:06:07+24:00", `There is no such day, time or offset. ${TIME}`],
    ["tomorrow", TIME],
    ["", TIME],
    ["20270304T050607Z", TIME],
    ["+012027-03-04T05:06:07Z", TIME],
    ["Thu, 04 Mar 2027 05:06:07 GMT", TIME],
    [1_800_000_000, TIME],
    [true, TIME],
  ])("for the date %j says what is missing", async (expiresAt, remedy) => {
    const [variable] = await refusal(CREATE_CLIENT, { input: { scopes: [], expiresAt } });
    expect(variable?.message).toBe(`Variable "$input" has an invalid value: ${remedy}`);
    const literal = JSON.stringify(expiresAt);
    const [text] = await refusal(
      `mutation { createClient(input: { scopes: [], expiresAt: ${literal} }) { clientSecret } }`,
    );
    expect(text?.message).toBe(remedy);
    expect(text?.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "expiresAt"] });
  });

  test.each([
    ["2028-02-29t23:59:59z", "2028-02-29T23:59:59.000Z"],
    ["2028-12-31T23:59:59.123456789Z", "2028-12-31T23:59:59.123Z"],
    ["2028-01-01T00:00:00+23:59", "2027-12-31T00:01:00.000Z"],
    ["2028-01-01T00:00:00-00:00", "2028-01-01T00:00:00.000Z"],
    ["9999-12-30T00:00:00Z", "9999-12-30T00:00:00.000Z"],
  ])("is not the answer to the date %s", async (expiresAt, stored) => {
    const { createClient } = await server.operator.request(CREATE_CLIENT, {
      input: { scopes: [], expiresAt },
    });
    expect(createClient.client.expiresAt).toBe(stored);
  });

  test.each([
    ["9999-12-31T23:59:59Z", "Must not be after 9999-12-30T00:00:00Z"],
    ["9999-12-31T23:59:59-05:00", "Must not be after 9999-12-30T00:00:00Z"],
    ["1969-12-31T23:59:59Z", "Must be in the future"],
    ["0001-01-01T00:00:00Z", "Must be in the future"],
  ])("for the expiry %s is true", async (expiresAt, message) => {
    const error = await server.operator.failure(CREATE_CLIENT, {
      input: { scopes: [], expiresAt },
    });
    expect(error).toMatchObject({ message, extensions: { path: ["input", "expiresAt"] } });
  });

  describe("for a JSON object", () => {
    const literalRefusal = async (literal: string) =>
      (
        await refusal(
          `mutation { createClient(input: { scopes: [], trustedMetadata: ${literal} }) { clientSecret } }`,
        )
      )[0];
    const DIGITS = "A number beyond 2^53 would lose digits: send it as a string";
    const TOO_GREAT = "Numbers must be at most 1.7976931348623157e308";
    const NEGATIVE_ZERO = "-0 would become 0: send 0, or a string";

    test.each([
      ["{ tier: gold }", ["tier"], "A text needs quotes; a variable begins with $"],
      [
        "{ a: { tiers: [gold] } }",
        ["a", "tiers", 0],
        "A text needs quotes; a variable begins with $",
      ],
      ["{ a: 1, b: { a: 1, a: 2 } }", ["b", "a"], "Must not repeat a key"],
      ["{ a: { __proto__: 1 } }", ["a", "__proto__"], "Must not be the name of a prototype"],
      ["{ a: [1, 1163287654321098753] }", ["a", 1], DIGITS],
      ["{ a: 9007199254740993 }", ["a"], DIGITS],
      ["{ a: 1e999 }", ["a"], TOO_GREAT],
      ["{ a: -0 }", ["a"], NEGATIVE_ZERO],
    ])("names the place in the literal %s", async (literal, path, message) => {
      expect(await literalRefusal(literal)).toMatchObject({
        message,
        extensions: { code: "BAD_USER_INPUT", path: ["input", "trustedMetadata", ...path] },
      });
    });

    test.each([
      ['{"a":{"b":[1,1163287654321098753]}}', ["a", "b", 1], DIGITS],
      ['{"dotted.key":-9007199254740993}', ["dotted.key"], DIGITS],
      ['{"a":1e999}', ["a"], TOO_GREAT],
      ['{"a":-0}', ["a"], NEGATIVE_ZERO],
    ])("names the place in the variable %s", async (json, path, message) => {
      for (const [definition, use, variable] of [
        ["$input: CreateClientInput!", "$input", `"input":{"scopes":[],"trustedMetadata":${json}}`],
        ["$m: JSONObject", "{ scopes: [], trustedMetadata: $m }", `"m":${json}`],
      ]) {
        const query = `mutation (${definition}) { createClient(input: ${use}) { clientSecret } }`;
        const response = await fetch(`${server.url}/graphql`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            authorization: basicAuthorization(server.projectId, server.managementSecret),
          },
          body: `{"query":${JSON.stringify(query)},"variables":{${variable}}}`,
        });
        const { errors } = (await response.json()) as { errors: GraphqlError[] };
        expect(errors[0]?.message).toContain(message);
        expect(errors[0]?.extensions).toEqual({
          code: "BAD_USER_INPUT",
          path: ["input", "trustedMetadata", ...path],
        });
      }
    });

    test("takes what literals and variables can write, and leaves out a variable without a value", async () => {
      const query = `mutation ($text: String, $absent: String, $object: JSONObject) { createClient(input: {
        scopes: [],
        trustedMetadata: {
          text: $text, absent: $absent, object: $object, list: [$text, $absent, 1, true, null, { a: 1.5e1 }],
        }
      }) { client { trustedMetadata } } }`;
      const data = await server.operator.request(query, {
        text: "x",
        object: { b: "1163287654321098753" },
      });
      expect(data.createClient.client.trustedMetadata).toEqual({
        text: "x",
        object: { b: "1163287654321098753" },
        list: ["x", null, 1, true, null, { a: 15 }],
      });
    });
  });

  test("for an id that is a number beyond 2^53 does not look up another id", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: basicAuthorization(server.projectId, server.managementSecret),
      },
      body: '{"query":"query ($id: ID!) { client(clientId: $id) { name } }","variables":{"id":1163287654321098753}}',
    });
    const { errors } = (await response.json()) as { errors: GraphqlError[] };
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["clientId"] });
    expect(errors[0]?.message).toBe(
      'Variable "$id" has an invalid value: ID cannot represent this value',
    );
  });

  test.each([
    ['input: { scopes: [], name: "a", name: "b" }', ["input", "name"]],
    ["input: { scopes: [], owner: 1, scopes: [] }", ["input", "scopes"]],
  ])("for a field that is given twice names it: %s", async (argument, path) => {
    const errors = await refusal(`mutation { createClient(${argument}) { clientSecret } }`);
    expect(errors.map(({ extensions }) => extensions.path)).toContainEqual(path);
  });

  test.each(['{ 5: "x" }', '{ 5a: "x" }', '{ "a-b": "x" }', '{ a-5b: "x" }'])(
    "for an object literal with odd keys names the remedy: %s",
    async (literal) => {
      const [error] = await refusal(
        `mutation { createClient(input: { scopes: [], trustedMetadata: ${literal} }) { clientSecret } }`,
      );
      expect(error?.message).toContain("pass an object with other keys as a variable");
    },
  );

  test("for JSON in a string says that an object is needed", async () => {
    const [error] = await refusal(CREATE_CLIENT, { input: { scopes: [], trustedMetadata: "{}" } });
    expect(error?.message).toContain("Must be a JSON object");
  });

  test("for an invalid variable names the missing or unknown field", async () => {
    const [missing] = await refusal(ISSUE_TOKEN, { input: { clientSecret: VALUE } });
    expect(missing?.message).toContain('Field "clientId" of required type "ID!"');
    const [unknown] = await refusal(CREATE_CLIENT, { input: { scopes: [], nam: VALUE } });
    expect(unknown?.message).toContain('Field "nam" is not defined by type "CreateClientInput"');
    const [absent] = await refusal(CREATE_CLIENT, {});
    expect(absent?.extensions.code).toBe("BAD_USER_INPUT");
  });

  test("for a subscription is a validation error", async () => {
    const [error] = await refusal("subscription { project { name } }");
    expect(error?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("for many invalid variables is limited to a few", async () => {
    const errors = await refusal(CREATE_CLIENT, { input: { scopes: Array(50).fill([VALUE]) } });
    expect(errors.length).toBeLessThanOrEqual(11);
    for (const { extensions } of errors) expect(extensions.code).toBe("BAD_USER_INPUT");
  });

  test.each([
    `mutation { createClient(input: { scopes: 5, name: ${LITERAL} }) { clientSecret } }`,
    `mutation { createClient(input: { scopes: [], name: [${LITERAL}] }) { clientSecret } }`,
    `mutation { createClient(input: { scopes: [], name: marker }) { clientSecret } }`,
    `mutation { createClient(input: { scopes: [], expiresAt: ${LITERAL} }) { clientSecret } }`,
    `mutation { createClient(input: { scopes: [], trustedMetadata: ${LITERAL} }) { clientSecret } }`,
    `mutation { createClient(input: { scopes: [], accessTokenLifetimeSeconds: ${LITERAL} }) { clientSecret } }`,
    `mutation { createClient(input: ${LITERAL}) { clientSecret } }`,
    `mutation { createClient(input: { nam: ${LITERAL} }) { clientSecret } }`,
    `mutation { createClient(inptu: ${LITERAL}) { clientSecret } }`,
    `mutation { updateClient(input: { clientId: "x", status: ${LITERAL} }) { client { name } } }`,
    `mutation { updateClient(input: { clientId: "x", status: marker }) { client { name } } }`,
    `mutation { updateClient(input: { clientId: { a: ${LITERAL} } }) { client { name } } }`,
    `mutation { issueToken(input: { clientId: "x", clientSecret: 1, scopes: [${LITERAL}] }) { scope } }`,
    `mutation { issueToken(input: { clientId: "x" clientSecret: ${LITERAL} projectId: [1] }) { scope } }`,
    `{ clients(first: ${LITERAL}) { totalCount } }`,
    `{ clients(first: 99999999999, after: ${LITERAL}) { totalCount } }`,
    `query ($first: Int = ${LITERAL}) { clients(first: $first) { totalCount } }`,
    `mutation { verifyToken(input: { accessToken: ${LITERAL}, requiredScopes: { a: 1 } }) { token { clientId } } }`,
    `mutation { verifyToken(input: { accessTokn: ${LITERAL} }) { token { clientId } } }`,
    `{ project @include(if: ${LITERAL}) { name } }`,
    `{ project(with: ${LITERAL}) { name } }`,
    `{ project { name(with: ${LITERAL}) } }`,
  ])("for an invalid literal does not repeat the value: %s", async (query) => {
    const errors = await refusal(query);
    for (const { extensions } of errors) {
      expect(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"]).toContain(extensions.code);
    }
  });

  test.each([
    `mutation { issueToken(input: { clientId: "marker }) { scope } }`,
    `mutation { issueToken(input: { clientId: "x" "marker" }) { scope } }`,
    `mutation { issueToken(input: { clientId: "x", clientSecret: "bad \\marker" }) { scope } }`,
    `mutation { issueToken(input: { clientId: "x", clientSecret: "\\umarker" }) { scope } }`,
    `mutation { issueToken(input: "marker") { scope } marker`,
    `"marker" { issueToken`,
    `marker { issueToken }`,
    `{ project { name } } "marker"`,
    `{ project(a: 0marker) { name } }`,
    `{ project(a: "x" marker) { name }`,
    `{ project %marker }`,
    `{ project ...on "marker" }`,
  ])("for a syntax error does not repeat the document: %s", async (query) => {
    const errors = await refusal(query);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["GRAPHQL_PARSE_FAILED"]);
    expect(errors[0]?.message).toMatch(/^Syntax Error: \w+/);
    expect(errors[0]).toHaveProperty("locations");
  });

  test("for a null in a required place is a client error", async () => {
    const query = `mutation ($scopes: [String!] = ["a"], $name: String) {
      createClient(input: { scopes: $scopes, name: $name }) { clientSecret }
    }`;
    const { status, body, errors } = await server.operator.send(query, {
      scopes: null,
      name: VALUE,
    });
    expect(status).toBeLessThan(500);
    expect(body).not.toContain("marker");
    expect(errors[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  test("does not repeat a name that could be a secret", async () => {
    const secret = `csk_${"marker".repeat(8)}x`;
    for (const query of [
      `{ ${secret} }`,
      `{ project { ${secret} } }`,
      `{ project(${secret}: 1) { name } }`,
      `{ ...${secret} }`,
      `query ($${secret}: String) { project { name } }`,
      `query ($a: ${secret}) { project { name } }`,
      `{ project @${secret} { name } }`,
      `mutation { issueToken(input: { ${secret}: 1, clientId: "x", clientSecret: "y" }) { scope } }`,
      `mutation { issueToken(input: { clientId: "x", clientSecret: ${secret} }) { scope } }`,
    ]) {
      await refusal(query);
    }
    await refusal(ISSUE_TOKEN, { input: { clientId: "x", clientSecret: "y", [secret]: 1 } });
  });

  test("suggests the right name for a misspelled one", async () => {
    const [typo] = await refusal("{ project { nme } }");
    expect(typo?.message).toBe('Cannot query field "nme" on type "Project". Did you mean "name"?');
    const [argument] = await refusal("{ clients(frst: 1) { totalCount } }");
    expect(argument?.message).toContain('Unknown argument "frst" on field "Query.clients"');
    const [leaf] = await refusal("{ project }");
    expect(leaf?.message).toContain("must have a selection of subfields");
  });
});
