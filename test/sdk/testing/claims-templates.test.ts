import { renderClaimsTemplate, SetupRefused } from "@countersign/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { GraphqlClient } from "../../support/graphql-client.js";
import { importClient } from "../../support/operations.js";
import { runs } from "../../support/property-runs.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";

const PREVIEW = `query ($template: String, $requestParameters: [RequestParameterInput!]) {
  previewClaimsTemplate(clientId: "shop", template: $template, requestParameters: $requestParameters)
}`;

const METADATA = {
  tier: "gold",
  "a.b": [1, { c: null }],
  plan: { seats: 3, name: "Größe \u{1f600}" },
  big: "x".repeat(3000),
};

const TEMPLATES = [
  '{ "tier": {{ client.trusted_metadata.tier }} }',
  '{ "who": "{{ client.name }} ({{ client.client_id }}) in {{ project.project_id }}" }',
  '{ "all": {{ client.trusted_metadata.plan }}, "seats": {{ client.trusted_metadata.plan.seats }} }',
  '{ "b": {{ client.trusted_metadata["a.b"] }} }',
  '{ "missing": {{ client.trusted_metadata.nothing }}, "a": 1 }',
  '{ "or": {{ client.trusted_metadata.nothing || "none" }} }',
  '{ "of": {{ client.owner.id }}, "kind": {{ client.owner.type }} }',
  '{ "trace": {{ request.trace }}, "text": "t:{{ request.trace }}" }',
  '{ "roles": {{ request.trace }} }',
  '{ "trace": {{ request.scope }} }',
  '{ "trace": {{ client.name || request.trace }} }',
  '{ "iss": "me" }',
  '{ "SUB ": "me" }',
  '{ "a": {{ client.secret }} }',
  '{ "a": {{ client.trusted_metadata.big }}, "b": {{ client.trusted_metadata.big }} }',
  '{ "a": {{ client.name } }',
  '{ "a": {{ client.name }}',
  '{ "a": 1, "a": 2 }',
  "[1]",
  "",
  '"text"',
  "{}",
  '{ "a": {{ "unfinished }} }',
];

describe("renderClaimsTemplate", () => {
  let server: TestServer;
  let operator: GraphqlClient;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    const owner = { externalId: "acme" };
    await importClient(operator, {
      clientId: "shop",
      clientSecret: "7wPz-kQx2-Lm9t-Vb4r",
      name: "Shop",
      owner,
      trustedMetadata: METADATA,
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const ofServer = async (template: string, request: Record<string, string>) => {
    const requestParameters = Object.entries(request).map(([name, value]) => ({ name, value }));
    const { data, errors } = await operator.send(PREVIEW, { template, requestParameters });
    return errors?.[0]?.message ?? data?.previewClaimsTemplate;
  };
  const ofTests = (template: string, request: Record<string, string>) => {
    const client = { clientId: "shop", name: "Shop", owner: "acme", trustedMetadata: METADATA };
    try {
      return renderClaimsTemplate(template, { client, projectId: server.projectId, request });
    } catch (error) {
      if (error instanceof SetupRefused) return error.message;
      throw error;
    }
  };

  test.each(TEMPLATES)("says of %s what the server says", async (template) => {
    const request = { trace: "abc" };
    expect(ofTests(template, request)).toEqual(await ofServer(template, request));
  });

  test.each<[string, Record<string, string>]>([
    ["an empty value", { trace: "" }],
    ["a value that is too long", { trace: "x".repeat(257) }],
    ["a name of the protocol", { scope: "a" }],
    ["a name with a space", { "a b": "a" }],
  ])("takes request parameters as the server does: %s", async (_title, request) => {
    const template = '{ "trace": {{ request.trace }} }';
    expect(ofTests(template, request)).toEqual(await ofServer(template, request));
  });

  test("says of any template what the server says", async () => {
    const piece = fc.constantFrom(
      ...'{ } {{ }} [ ] , : " \\ || . 1 null'.split(" "),
      ..."client.name client.trusted_metadata.tier request.trace request client".split(" "),
      '"a": ',
      '"iss": ',
      '{ "a": ',
      '"{{ client.name }}"',
    );
    const templates = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(" "));
    const isSame = async (template: string) => {
      expect(ofTests(template, {})).toEqual(await ofServer(template, {}));
    };
    await fc.assert(fc.asyncProperty(templates, isSame), { numRuns: runs(1000) });
  });

  test("says where the problem is", () => {
    const refused = () => renderClaimsTemplate('{\n  "iss": 1 }');
    expect(refused).toThrow(SetupRefused);
    expect(refused).toThrow(/^"iss" is a reserved claim \(line 2, column 3\)/);
  });
});
