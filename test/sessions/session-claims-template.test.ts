import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import {
  createMember,
  createOrganization,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { UPDATE_PROJECT } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { authenticate, authenticateFailure, createSessionMember } from "./session-operations.js";

const PREVIEW = `query ($memberId: ID!, $template: String) {
  previewSessionClaimsTemplate(memberId: $memberId, template: $template)
}`;

const TEMPLATE = `{
  "email": {{ member.email_address }},
  "https://example.com/id": [{{member.member_id}}, {{ member.external_id }}, "{{ member.name }}"],
  "label": "{{ organization.slug }}/{{ member.name || member.email_address }}",
  "name": {{ member.name }},
  "member_roles": {{ member.roles }},
  "plan": {{ member.trusted_metadata.billing.plan }},
  "all": {{ organization.trusted_metadata }},
  "org": {
    "id": {{ organization.organization_id }}, "name": {{ organization.name }},
    "slug": {{ organization.slug }}, "external": {{ organization.external_id }},
    "tier": {{ organization.trusted_metadata.tier }}
  },
  "project": {{ project.project_id }}, "fixed": 1
}`;

describe("the claims template of sessions", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let expected: object;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    member = await createSessionMember(server, operator);
    const { memberId, organizationId } = member;
    await updateMember(operator, {
      memberId,
      roles: ["admin", "viewer"],
      trustedMetadata: { billing: { plan: "pro" } },
    });
    await updateOrganization(operator, {
      organizationId,
      name: "Acme",
      slug: "acme",
      trustedMetadata: { tier: "gold" },
    });
    // Null and missing values are omitted.
    expected = {
      email: "ada@example.com",
      "https://example.com/id": [memberId],
      label: "acme/ada@example.com",
      member_roles: ["admin", "viewer"],
      plan: "pro",
      all: { tier: "gold" },
      org: { id: organizationId, name: "Acme", slug: "acme", tier: "gold" },
      project: server.projectId,
      fixed: 1,
    };
  });

  afterAll(async () => {
    await server.stop();
  });

  const save = (sessionClaimsTemplate: string | null) =>
    operator.request(UPDATE_PROJECT, { input: { sessionClaimsTemplate } });
  const preview = async (template?: string) =>
    (await operator.request(PREVIEW, { memberId: member.memberId, template }))
      .previewSessionClaimsTemplate;

  test("can be previewed before it is saved", async () => {
    expect(await preview()).toEqual({});
    expect(await preview(TEMPLATE)).toEqual(expected);
    await save('{ "saved": true }');
    expect(await preview()).toEqual({ saved: true });
    expect(await preview('{ "previewed": true }')).toEqual({ previewed: true });
  });

  test("adds current values of member and organization to every session JWT", async () => {
    await save(TEMPLATE);
    const { sessionToken, sessionJwt } = await member.startSession();
    expect(decodeJwt(sessionJwt)).toMatchObject({ ...expected, roles: ["admin", "viewer"] });
    const { memberId } = member;
    await updateMember(operator, { memberId, name: "Ada", roles: ["owner"] });
    const renewed = await authenticate(server.anonymous, { sessionToken });
    expect(decodeJwt(renewed.sessionJwt)).toMatchObject({
      name: "Ada",
      member_roles: ["owner"],
      roles: ["owner"],
    });
    await updateMember(operator, { memberId, name: null, roles: ["admin", "viewer"] });
    await save(null);
    const withoutTemplate = await authenticate(server.anonymous, { sessionToken });
    expect(decodeJwt(withoutTemplate.sessionJwt)).not.toHaveProperty("email");
    const { project } = await operator.request("{ project { sessionClaimsTemplate } }");
    expect(project.sessionClaimsTemplate).toBeNull();
  });

  test("is overridden by custom claims", async () => {
    await save('{ "email": {{ member.email_address }}, "tier": "free" }');
    const sessionCustomClaims = { tier: "gold", own: 1 };
    const { sessionJwt } = await member.startSession({ sessionCustomClaims });
    expect(decodeJwt(sessionJwt)).toMatchObject({ email: "ada@example.com", tier: "gold", own: 1 });
  });

  test.each([
    [
      '{ "a": {{ client.name }} }',
      /^client\.name is unknown\. A placeholder must name one of member\.member_id, .*organization\.trusted_metadata \(line 1, column 11\)$/,
    ],
    ['{ "a": {{ member.email_address.x }} }', /^member\.\S+ is unknown\. A placeholder must name/],
    ['{ "a": {{ member.constructor }} }', /^member\.\S+ is unknown\. A placeholder must name/],
    ['{ "a": {{ member.toString }} }', /^member\.\S+ is unknown\. A placeholder must name/],
    [
      '{ "roles": ["admin"] }',
      /^"roles" is a reserved claim \(line 1, column 3\)\. Reserved are .*roles/,
    ],
    [
      '{ "scp": "admin" }',
      /^"scp" is a reserved claim \(line 1, column 3\)\. Reserved are .*roles/,
    ],
    [
      '{ "authorities": ["admin"] }',
      /^"authorities" is a reserved claim \(line 1, column 3\)\. Reserved are .*roles/,
    ],
    ['{ "https://stytch.com/session": {} }', /is a reserved claim \(line/],
    [
      '{ "sub": {{ member.external_id }} }',
      /^"sub" is a reserved claim \(line 1, column 3\)\. Reserved are .*roles/,
    ],
    ["[]", /^Must be a JSON object \(line 1, column 1\)$/],
    ["", /^Must be JSON/],
  ])("refuses %j when it is saved or previewed", async (template, message) => {
    const saving = await operator.failure(UPDATE_PROJECT, {
      input: { sessionClaimsTemplate: template },
    });
    expect(saving.extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "sessionClaimsTemplate"],
    });
    expect(saving.message).toMatch(message);
    const { memberId } = member;
    const trying = await operator.failure(PREVIEW, { memberId, template });
    expect(trying.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["template"] });
    expect(trying.message).toMatch(message);
  });

  test("is the only template with session variables", async () => {
    const failure = await operator.failure(UPDATE_PROJECT, {
      input: { claimsTemplate: '{ "a": {{ member.name }} }' },
    });
    expect(failure.extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "claimsTemplate"],
    });
  });

  test("renders at most 4 KB", async () => {
    const { organizationId } = await createOrganization(operator, {
      trustedMetadata: { big: "x".repeat(3000) },
    });
    const { memberId } = await createMember(operator, organizationId);
    const template = `{ "a": {{ organization.trusted_metadata }}, "b": {{ organization.trusted_metadata }} }`;
    const failure = await operator.failure(PREVIEW, { memberId, template });
    expect(failure.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["template"] });
    const { sessionToken } = await member.startSession();
    await save(template);
    await updateOrganization(operator, {
      organizationId: member.organizationId,
      trustedMetadata: { big: "x".repeat(3000) },
    });
    expect(await authenticateFailure(server.anonymous, { sessionToken })).toEqual({
      code: "BAD_USER_INPUT",
    });
    await save(null);
  });

  test("is previewed for members of the caller's project only", async () => {
    const other = (await server.otherProject()).operator;
    const { memberId } = member;
    expect((await other.failure(PREVIEW, { memberId })).extensions).toEqual({
      code: "MEMBER_NOT_FOUND",
    });
    const reader = await server.keyWith("settings:read", "members:read");
    expect((await reader.failure(PREVIEW, { memberId })).extensions.code).toBe("FORBIDDEN");
  });
});
