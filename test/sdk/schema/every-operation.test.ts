import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fragmentsOf, isOperation, readDocuments } from "../../../sdk/scripts/schema/documents.mjs";
import { constantCase } from "../../../src/graphql-types/graphql-enum.js";
import { PERMISSIONS } from "../../../src/shared/permissions.js";
import { GraphqlClient } from "../../support/graphql-client.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { profileInput } from "../../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../../trusted-auth/foreign-issuer.js";

const documents = readDocuments();
const operations = documents.filter(isOperation);
/** The greatest page that the server gives out. */
const PAGE = { first: 200 };

/** One story in which every document runs once or more. */
describe("every document of the SDK runs", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  const called = new Set<string>();

  beforeAll(async () => {
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock, "ES256");
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Sends the document of the file with its fragments. @returns what the root field answers */
  // biome-ignore lint/suspicious/noExplicitAny: each step reads the fields that it needs
  async function call(name: string, variables: object = {}, as = server.operator): Promise<any> {
    const document = operations.find(({ file }) => file === `${name}.graphql`);
    if (!document) throw new Error(`sdk/schema/documents has no ${name}.graphql`);
    const fragments = fragmentsOf(document, documents).map((fragment) =>
      readFileSync(`sdk/schema/documents/fragments/${fragment}.graphql`, "utf8"),
    );
    called.add(name);
    const data = await as.request([document.text, ...fragments].join("\n"), variables);
    return data[name];
  }
  const mutate = (name: string, input: object = {}, as = server.operator) =>
    call(name, { input }, as);

  test("projects and management keys", async () => {
    const { project } = await mutate("createProject", { name: "Other", environment: "TEST" });
    expect((await call("projects", PAGE)).nodes).toHaveLength(2);
    expect(await call("project")).toMatchObject({ projectId: server.projectId });
    await mutate("updateProject", { name: "Renamed", claimsTemplate: '{ "plan": "free" }' });
    await mutate("deleteProject", { projectId: project.projectId });

    const finding = { checkId: "spare-key-missing", targetId: server.projectId };
    await mutate("dismissReadinessFinding", { ...finding, note: "A trial." });
    const [check] = await call("readinessChecks", { filter: { checkId: finding.checkId } });
    expect(check).toMatchObject({ findingCount: 0, dismissedCount: 1 });
    await mutate("restoreReadinessFinding", finding);

    const permissions = PERMISSIONS.map(constantCase);
    const { managementKey, secret } = await mutate("createManagementKey", {
      name: "A",
      permissions,
    });
    expect(secret).toMatch(/^cmk_/);
    const { managementKeyId } = managementKey;
    await mutate("updateManagementKey", { managementKeyId, name: "B" });
    expect((await call("managementKeys", PAGE)).nodes).toContainEqual(
      expect.objectContaining({ managementKeyId, name: "B" }),
    );
    await mutate("deleteManagementKey", { managementKeyId });
  });

  test("clients, their secrets and their tokens", async () => {
    const { client, clientSecret } = await mutate("createClient", {
      name: "Reports",
      scopes: ["read:reports"],
    });
    const { clientId } = client;
    expect(await call("client", { clientId })).toEqual(client);
    await mutate("updateClient", { clientId, trustedMetadata: { plan: "pro" } });
    expect(
      (await call("clients", { ...PAGE, filter: { clientIds: [clientId] } })).nodes,
    ).toHaveLength(1);
    expect(await call("previewClaimsTemplate", { clientId })).toEqual({ plan: "free" });

    const { nextClientSecret } = await mutate("startSecretRotation", { clientId });
    expect(nextClientSecret).not.toBe(clientSecret);
    await mutate("cancelSecretRotation", { clientId });
    await mutate("startSecretRotation", { clientId });
    await mutate("completeSecretRotation", { clientId });
    const rotated = await mutate("rotateSecret", { clientId, overlapSeconds: 60 });
    await mutate("revokePreviousSecret", { clientId });

    const credentials = { clientId, clientSecret: rotated.clientSecret };
    await mutate("verifyClient", credentials, server.anonymous);
    const { accessToken } = await mutate("issueToken", credentials, server.anonymous);
    const { token } = await mutate("verifyToken", { accessToken }, server.anonymous);
    expect(token).toMatchObject({
      clientId,
      scopes: ["read:reports"],
      customClaims: { plan: "free" },
    });
    expect(await mutate("revokeToken", { accessToken })).toEqual({ jti: token.jti });
    expect(await mutate("revokeClientTokens", { clientId })).toEqual({ clientId });
    await mutate("deleteClient", { clientId });

    await mutate("importClient", {
      clientId: "imported",
      clientSecret: "correct horse battery staple 7!",
      scopes: [],
    });
  });

  test("APIs and grants", async () => {
    const identifier = "https://api.example.com";
    const { api } = await mutate("createApi", {
      name: "Orders",
      identifier,
      scopes: [{ value: "orders:read" }, { value: "orders:write" }],
    });
    const { apiId } = api;
    expect(await call("api", { apiId })).toEqual(api);
    expect(await call("apiByIdentifier", { identifier })).toEqual(api);
    expect((await call("apis", PAGE)).nodes).toEqual([api]);
    const { client } = await mutate("createClient", { scopes: [] });
    const { clientGrant } = await mutate("createClientGrant", {
      apiId,
      clientId: client.clientId,
      scopes: ["orders:write"],
    });
    const { clientGrantId } = clientGrant;
    expect(await call("clientGrant", { clientGrantId })).toEqual(clientGrant);
    expect((await call("clientGrants", { ...PAGE, filter: { apiId } })).nodes).toEqual([
      clientGrant,
    ]);
    await mutate("updateClientGrant", { clientGrantId, scopes: ["orders:read"] });
    const updated = await mutate("updateApi", { apiId, name: "All orders" });
    expect(updated).toMatchObject({ api: { name: "All orders" }, clientGrantIds: [] });
    await mutate("deleteClientGrant", { clientGrantId });
    await mutate("deleteApi", { apiId });
  });

  test("organizations, members, profiles and sessions", async () => {
    const memberClients = { owner: "MEMBER", scopes: ["read:*"] };
    const { organization } = await mutate("createOrganization", { name: "Acme", memberClients });
    const { organizationId } = organization;
    expect(await call("organization", { organizationId })).toEqual(organization);
    expect((await call("organizations", PAGE)).nodes).toContainEqual(organization);
    const { organization: second } = await mutate("createOrganization", { name: "Second" });
    await mutate("updateOrganization", { organizationId: second.organizationId, name: "Other" });
    const emailAddress = "ada@example.com";
    const { member } = await mutate("createMember", { organizationId, emailAddress });
    const { memberId } = member;
    expect(await call("member", { memberId })).toEqual(member);
    expect((await call("members", { ...PAGE, organizationId })).nodes).toEqual([member]);
    await mutate("updateMember", { memberId, name: "Ada" });
    await mutate("createMember", { organizationId: second.organizationId, emailAddress });

    const { profile } = await mutate(
      "createProfile",
      profileInput({ keys: { publicKeys: [{ pem: issuer.pem }] } }),
    );
    const { profileId } = profile;
    expect(await call("profile", { profileId })).toEqual(profile);
    expect((await call("profiles", PAGE)).nodes).toEqual([profile]);
    await mutate("updateProfile", { profileId, maxTokenAgeSeconds: 600 });
    const { pem } = await foreignIssuer(server.clock, "EdDSA");
    const added = await mutate("addProfileKey", { profileId, publicKey: { pem } });
    const { publicKeyId } = added.profile.keys.publicKeys[1];
    await mutate("removeProfileKey", { profileId, publicKeyId });
    const token = await issuer.token();
    const { profileTest } = await mutate("testProfile", { profileId, token, organizationId });
    expect(profileTest).toMatchObject({ outcome: "MEMBER_FOUND", memberId });

    const attested = await mutate("attestSession", { profileId, token, organizationId });
    const { sessionToken, sessionJwt, session } = attested;
    const { sessionId } = session;
    const ofMember = new GraphqlClient(server.url, `Bearer ${sessionJwt}`);
    expect(await call("ownClientLimits", {}, ofMember)).toMatchObject({ owner: { memberId } });
    await mutate("authenticateSession", { credential: { sessionToken } }, server.anonymous);
    expect(await call("session", { sessionId })).toMatchObject({ sessionId, memberId });
    expect((await call("sessions", { ...PAGE, owner: { memberId } })).nodes).toHaveLength(1);
    await call("previewSessionClaimsTemplate", {
      memberId,
      template: '{ "a": {{ member.name }} }',
    });
    const exchanged = await mutate("exchangeSession", {
      credential: { sessionToken },
      organizationId: second.organizationId,
    });
    await mutate("revokeSession", { target: { sessionId: exchanged.session.sessionId } });
    await mutate("deleteMember", { memberId });
    await mutate("deleteOrganization", { organizationId });
    await mutate("deleteProfile", { profileId });
  });

  test("signing keys, the keys of others, events, nodes and error codes", async () => {
    const { signingKey } = await mutate("rotateSigningKey", { force: true });
    expect((await call("signingKeys", PAGE)).nodes).toContainEqual(
      expect.objectContaining({ kid: signingKey.kid }),
    );
    await mutate("revokeSigningKey", { kid: signingKey.kid });
    const expiresAt = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
    await mutate("publishKey", { kid: "former", publicKey: { pem: issuer.pem }, expiresAt });
    const [published] = await call("publishedKeys");
    expect(await call("node", { id: published.id })).toEqual({
      __typename: "PublishedKey",
      id: published.id,
      kid: "former",
    });
    await mutate("withdrawKey", { kid: "former" });
    expect((await call("auditEvents", PAGE)).nodes.length).toBeGreaterThan(20);
    expect(await call("server")).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(await call("errorCodes", { codes: ["RATE_LIMITED"] })).toEqual([
      { code: "RATE_LIMITED", retryable: true, description: expect.any(String) },
    ]);
  });

  test("all from one file too, which generators of Rust send as a whole", async () => {
    const text = readFileSync("sdk/schema/documents.graphql", "utf8");
    const input = { scopes: ["read:reports"] };
    const { data, errors } = await server.operator.send(text, { input }, {}, "CreateClient");
    expect([errors, data.createClient.client.scopes]).toEqual([[], input.scopes]);
  });

  test("and none is left out", () => {
    const names = operations.map(({ file }) => file.replace(".graphql", ""));
    expect([...called].sort()).toEqual(names.sort());
  });
});
