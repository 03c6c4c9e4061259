import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const PREVIEW = `query ($clientId: ID!, $template: String) {
  previewClaimsTemplate(clientId: $clientId, template: $template)
}`;
const TEMPLATE = '{ "user_id": {{ client.trusted_metadata.user }}, "team": {{ client.name }} }';

describe("previewClaimsTemplate", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let client: ClientView & Credentials;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    client = await createClient(operator, {
      trustedMetadata: { user: "user-1", big: "x".repeat(3000) },
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const preview = async (template?: string) =>
    (await operator.request(PREVIEW, { clientId: client.clientId, template }))
      .previewClaimsTemplate;

  test("shows the custom claims of the client's tokens", async () => {
    expect(await preview()).toEqual({});
    expect(await preview(TEMPLATE)).toEqual({ user_id: "user-1" });
    await updateProject(operator, { claimsTemplate: TEMPLATE });
    expect(await preview()).toEqual({ user_id: "user-1" });
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(decodeJwt(accessToken)).toMatchObject(await preview());
  });

  test("shows the owner of the client, and leaves its claims out if there is none", async () => {
    const claimsTemplate =
      '{ "owner": {{ client.owner.id }}, "tenant": "{{ client.owner.type }}:{{ client.owner.id }}" }';
    await updateProject(operator, { claimsTemplate });
    const { organizationId } = await createOrganization(operator);
    const { memberId } = await createMember(operator, organizationId);
    for (const [type, id, owner] of [
      ["ORGANIZATION", organizationId, { organizationId }],
      ["MEMBER", memberId, { memberId }],
      ["EXTERNAL", "customer 42", { externalId: "customer 42" }],
      [undefined, undefined, null],
    ]) {
      const owned = await createClient(operator, { owner });
      const claims = type === undefined ? {} : { owner: id, tenant: `${type}:${id}` };
      const { clientId } = owned;
      expect((await operator.request(PREVIEW, { clientId })).previewClaimsTemplate).toEqual(claims);
      const payload = decodeJwt((await issueToken(server.anonymous, owned)).accessToken);
      expect([payload["owner"], payload["tenant"]]).toEqual([claims.owner, claims.tenant]);
    }
  });

  test.each([
    ["{", /^Must be JSON/],
    ['{ "sub": 1 }', /reserved/],
    [
      '{ "a": {{ member.name }} }',
      /^member\.name is unknown\. A placeholder must name one of client\.client_id/,
    ],
    [
      '{ "a": {{ client.trusted_metadata }}, "b": {{ client.trusted_metadata }} }',
      /must have at most 4096 bytes/,
    ],
  ])("refuses %j and says why", async (template, message) => {
    const { clientId } = client;
    const failure = await operator.failure(PREVIEW, { clientId, template });
    expect(failure.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["template"] });
    expect(failure.message).toMatch(message);
  });

  test("requires a client of the caller's project and the permission to read it", async () => {
    const { clientId } = client;
    const other = (await server.otherProject()).operator;
    expect((await other.failure(PREVIEW, { clientId })).extensions).toEqual({
      code: "CLIENT_NOT_FOUND",
    });
    const reader = await server.keyWith("settings:read");
    expect((await reader.failure(PREVIEW, { clientId })).extensions.code).toBe("FORBIDDEN");
    const both = await server.keyWith("settings:read", "clients:read");
    await both.request(PREVIEW, { clientId });
  });
});
