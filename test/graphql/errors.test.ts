import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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
