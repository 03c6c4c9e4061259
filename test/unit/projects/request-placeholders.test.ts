import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ClaimsTemplate } from "../../../src/projects/claims-template.js";
import { ClaimsTemplateError } from "../../../src/projects/claims-template-error.js";
import { M2M_TEMPLATE, SESSION_TEMPLATE } from "../../../src/projects/template-language.js";
import { PARAMETER_NAMES } from "../../../src/shared/parameter-names.js";
import type { JsonObject } from "../../../src/shared/trusted-metadata.js";

const render = (
  template: string,
  parameters: Record<string, string> = {},
  metadata: JsonObject = {},
) => {
  const read: string[] = [];
  const claims = ClaimsTemplate.parse(template, M2M_TEMPLATE).render({
    client: { client_id: "client_1", name: "Billing", owner: null, trusted_metadata: metadata },
    project: { project_id: "project_1" },
    request: (name) => {
      read.push(name);
      return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    },
  });
  return { claims, read };
};
const problem = (template: string, language: typeof M2M_TEMPLATE | typeof SESSION_TEMPLATE) => {
  try {
    ClaimsTemplate.parse<never>(template, language as never);
  } catch (error) {
    if (error instanceof ClaimsTemplateError) return error.message;
    throw error;
  }
  return null;
};
const problemOf = (placeholder: string) => problem(`{ "a": ${placeholder} }`, M2M_TEMPLATE);

describe("a placeholder for a request parameter", () => {
  test("stands for its text, also in strings, lists and members", () => {
    const template = `{ "a": {{ request.user_id }}, "b": "user:{{request.user_id}}!", "c": [{{ request["user_id"] }}],
      "d": { "e": {{ request['https://a.b/c'] }} } }`;
    expect(render(template, { user_id: "7", "https://a.b/c": "x" }).claims).toEqual({
      a: "7",
      b: "user:7!",
      c: ["7"],
      d: { e: "x" },
    });
    expect(render(template).claims).toEqual({ c: [], d: {} });
  });

  test("reads only the parameters that the template names", () => {
    const { read } = render('{ "a": {{ request.x }}, "b": {{ client.name }} }', { x: "1", y: "2" });
    expect(read).toEqual(["x"]);
  });

  test("falls back to another parameter, a constant or the client's data", () => {
    const template = '{ "a": {{ request.x || request.y || client.trusted_metadata.z || "none" }} }';
    expect(render(template, { x: "1", y: "2" }).claims).toEqual({ a: "1" });
    expect(render(template, { y: "2" }).claims).toEqual({ a: "2" });
    expect(render(template, {}, { z: 3 }).claims).toEqual({ a: 3 });
    expect(render(template).claims).toEqual({ a: "none" });
  });

  test.each([
    "client.name || request.x",
    "client.trusted_metadata.x || request.x",
    "project.project_id || request.x",
    '"constant" || request.x',
    "request.x || client.name || request.y",
    "client.name || client.client_id || request['x']",
  ])("{{ %s }} is refused: the client could speak where another value is missing", (expression) => {
    const message =
      /^A request parameter must not follow another value: .* \(line 1, column \d+\)\. Give it a claim of its own$/;
    expect(problemOf(`{{ ${expression} }}`)).toMatch(message);
    expect(problemOf(`"x{{ ${expression.replaceAll('"', '\\"')} }}"`)).toMatch(message);
  });

  test.each([
    '{ "roles": {{ request.x }} }',
    '{ "Roles": {{ request.x }} }',
    '{ "GROUPS": "a:{{ request.x }}" }',
    '{ "scp": ["read", "{{ request.x }}"] }',
    '{ "authorities": [{ "authority": {{ request.x }} }] }',
    '{ "permissions": { "a": { "b": [[{{ request.x || "none" }}]] } } }',
    '{ "entitlements": {{ request["x"] }} }',
    '{ "role": {{ request.x }} }',
    '{ "realm_access": { "roles": [{{ request.x }}] } }',
    '{ "resource_access": { "api": { "names": [{{ request.x }}] } } }',
    '{ "app": { "roles": {{ request.x }} } }',
    '{ "https://example.com/roles": {{ request.x }} }',
    '{ "scopes": [{{ request.x }}], "a": {} }',
    '{ "a": { "scope": {{ request.x }} } }',
    '{ "cognito:groups": {{ request.x }} }',
    '{ "http://schemas.microsoft.com/ws/2008/06/identity/claims/role": {{ request.x }} }',
    '{ "\\u0072oles": {{ request.x }} }',
    '{ "userRoles": {{ request.x }} }',
    '{ "user_roles": {{ request.x }} }',
    '{ "realm-roles": [{{ request.x }}] }',
    '{ "realmAccess": {{ request.x }} }',
    '{ "a": { "roles[]": {{ request.x }} } }',
    '{ "permission": {{ request.x }} }',
    '{ "https://hasura.io/jwt/claims": { "x-hasura-default-role": {{ request.x }} } }',
    '{ "X-Hasura-User-Id": {{ request.x }} }',
    '{ "https://hasura.io/jwt/claims": "{\\"x-hasura-user-id\\":\\"{{ request.x }}\\"}" }',
  ])("is refused in %s, which programs read as rights", (template) => {
    expect(problem(template, M2M_TEMPLATE)).toMatch(
      /^Programs read this claim as rights, which a client must not choose for itself \(line 1, column \d+\)\. Take them from client\.trusted_metadata/,
    );
    expect(
      problem(template.replace(/request(\.x|\["x"\])/, "client.name"), M2M_TEMPLATE),
    ).toBeNull();
  });

  test.each([
    '{ "roles": [{{ client.name }}], "user": {{ request.x }} }',
    '{ "a": { "roles": [] , "user": {{ request.x }} } }',
    '{ "role_model": {{ request.x }}, "groups_of": {{ request.y }} }',
  ])("is accepted beside such a claim in %s", (template) => {
    expect(problem(template, M2M_TEMPLATE)).toBeNull();
  });

  test.each([
    ...PARAMETER_NAMES,
    "clientSecret",
    "Client-Secret",
    "SCOPE",
    "scopes",
    "password",
    "refresh_token",
    "code_verifier",
    "access_token",
    "organization",
    "session_token",
    "secret",
  ])("cannot name %s, a parameter of the protocol", (name) => {
    const message = /^[a-z_]+ is a parameter of the protocol, which cannot become a claim: choose/;
    expect(problemOf(`{{ request.${name} }}`)).toMatch(message);
    expect(problemOf(`"{{ request['${name}'] }}"`)).toMatch(message);
  });

  test.each([
    ["{{ request }}", /must name one of .*, request\.<parameter> or a path/],
    [
      "{{ request.a.b }}",
      /nothing below it \(line 1, column 11\)\. .*\{\{ request\["a\.b"\] \}\}$/,
    ],
    ["{{ request.a[0] }}", /nothing below it/],
    ['{{ request[""] }}', /^The name of a request parameter begins with a letter or digit/],
    ["{{ request.__proto__ }}", /^The name of a request parameter/],
    ["{{ request.größe }}", /^The name of a request parameter/],
    ['{{ request["a b"] }}', /^The name of a request parameter/],
    ['{{ request["a\\u0000"] }}', /valid Unicode/],
    [`{{ request.${"a".repeat(65)} }}`, /at most 64 letters/],
    [`{{ request.${"a".repeat(64)} }}`, null],
    ["{{ request[0] }}", null],
    ["{{ request.constructor }}", null],
    ["{{ request.client-key }}", null],
    ['"{ request.user_id }"', /two braces on each side/],
    ["{{ Request.user_id }}", /^Request\.user_id is unknown/],
  ])("%s is judged when the template is saved", (placeholder, message) => {
    if (message) expect(problemOf(placeholder)).toMatch(message);
    else expect(problemOf(placeholder)).toBeNull();
  });

  test("does not exist in session templates", () => {
    expect(problem('{ "a": {{ request.x }} }', SESSION_TEMPLATE)).toMatch(
      /^request\.x is unknown\. A placeholder must name one of member\.member_id, (?!.*request\.name)/,
    );
    expect(problem('{ "a": "{ request.x }" }', SESSION_TEMPLATE)).toBeNull();
  });

  test("cannot set a reserved claim", () => {
    for (const name of ["sub", "scope", "client_id", "Organization_id", "cnf"]) {
      expect(problem(`{ "${name}": {{ request.x }} }`, M2M_TEMPLATE)).toMatch(
        /is a reserved claim/,
      );
    }
  });

  test("changes only the claims that the template gives to it, for any parameters", () => {
    const template =
      `{ "user": {{ request.user }}, "text": "<{{ request.user }}|{{ request.team || "none" }}>",
      "list": [{{ request.user }}], "name": {{ client.name }}, "roles": {{ client.trusted_metadata.roles }},
      "tenant": {{ client.trusted_metadata.tenant || "t0" }}, "fixed": { "a": [1, "x"] } }`.replace(
        '"none" }}>',
        '\\"none\\" }}>',
      );
    const given = new Set(["user", "text", "list"]);
    const others = (claims: JsonObject) =>
      Object.entries(claims).filter(([name]) => !given.has(name));
    const name = fc.oneof(
      fc.constantFrom("user", "team", "roles", "tenant", "name", "client", "__proto__", "scope"),
      fc.string(),
    );
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 256 }),
      fc.constantFrom('", "roles": ["admin"]', "{{ client.name }}", "}}", "\\u0022", '"]}'),
    );
    const metadata = { roles: ["reader"] };
    const expected = others(render(template, {}, metadata).claims);
    fc.assert(
      fc.property(fc.dictionary(name, value), (parameters) => {
        const { claims } = render(template, parameters, metadata);
        expect(others(claims)).toEqual(expected);
        const { user } = parameters;
        expect(claims["user"]).toBe(user);
        expect(claims["list"]).toEqual(user === undefined ? [] : [user]);
        expect(claims["text"]).toBe(
          user === undefined ? undefined : `<${user}|${parameters["team"] ?? "none"}>`,
        );
      }),
    );
  });
});
