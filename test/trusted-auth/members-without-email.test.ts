import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createOrganization, getMember } from "../organizations/organization-operations.js";
import { EXCHANGE_SESSION } from "../sessions/session-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { UPDATE_PROJECT } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  attest,
  attestFailure,
  CREATE_PROFILE,
  createProfile,
  MAPPING,
  profileInput,
  testProfile,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

/** What Supabase says of somebody who signs in by phone, or anonymously. */
const BY_PHONE = { email: "", phone: "491701234567", email_verified: false };

describe("a token without an email address", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator)).organizationId;
    profileId = await profileWith({ ...MAPPING, externalMemberId: "sub" });
  });

  afterAll(async () => {
    await server.stop();
  });

  const profileWith = (attributeMapping: object, settings: object = {}) =>
    createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping,
      canJitProvision: true,
      ...settings,
    });
  const attestAs = async (claims: Record<string, unknown>, profile = profileId) =>
    attest(operator, { profileId: profile, token: await issuer.token(claims), organizationId });

  test.each([{ email: "" }, { email: null }, { email: undefined }, BY_PHONE])(
    "identifies a member by the issuer's own id: %j",
    async (claims) => {
      const sub = crypto.randomUUID();
      const { member } = await attestAs({ sub, ...claims });
      expect(member).toMatchObject({ emailAddress: null, externalId: sub });
      expect((await attestAs({ sub, ...claims })).member).toEqual(member);
      const token = await issuer.token({ sub, ...claims });
      expect(await testProfile(operator, { profileId, token, organizationId })).toMatchObject({
        outcome: "MEMBER_FOUND",
        memberId: member.memberId,
        attributes: { email: null, externalMemberId: sub },
      });
    },
  );

  test("identifies two members who sign in at the same time", async () => {
    const subs = ["phone-1", "phone-2"];
    const sessions = await Promise.all(subs.map((sub) => attestAs({ sub, ...BY_PHONE })));
    expect(sessions.map(({ member }) => member.externalId)).toEqual(subs);
  });

  test("is accepted by a profile that maps no address", async () => {
    const withoutEmail = { tokenId: "session_id", externalMemberId: "sub" };
    const mapped = await profileWith(withoutEmail);
    const { member } = await attestAs({ sub: "service|1", email: "ada@example.com" }, mapped);
    expect(member).toMatchObject({ emailAddress: null, externalId: "service|1" });
  });

  test("is refused without the issuer's own id", async () => {
    const byAddress = await profileWith(MAPPING);
    const token = await issuer.token(BY_PHONE);
    expect(await attestFailure(operator, { profileId: byAddress, token })).toEqual({
      code: "INVALID_TRUSTED_AUTH_TOKEN",
      reason: "CLAIM_MISSING",
      claim: "email",
    });
    const nobody = await issuer.token({ ...BY_PHONE, sub: undefined });
    const { reason } = await attestFailure(operator, { profileId, token: nobody });
    expect(reason).toBe("CLAIM_MISSING");
  });

  test("erases nothing, and a later address is added", async () => {
    const { member } = await attestAs({ sub: "anonymous", ...BY_PHONE });
    const signedUp = { sub: "anonymous", email: "signed.up@example.com" };
    expect((await attestAs(signedUp)).member).toMatchObject({
      memberId: member.memberId,
      emailAddress: "signed.up@example.com",
    });
    expect((await attestAs({ sub: "anonymous", ...BY_PHONE })).member).toMatchObject({
      emailAddress: "signed.up@example.com",
    });
  });

  test("is not of a member who merely lacks an address too", async () => {
    const { member } = await attestAs({ sub: "first", ...BY_PHONE });
    const { member: other } = await attestAs({ sub: "second", ...BY_PHONE });
    expect(other.memberId).not.toBe(member.memberId);
    const strict = await profileWith(
      { ...MAPPING, externalMemberId: "sub" },
      { canJitProvision: false },
    );
    const token = await issuer.token({ sub: "third", ...BY_PHONE });
    const stranger = { profileId: strict, token, organizationId };
    expect(await attestFailure(operator, stranger)).toEqual({ code: "MEMBER_NOT_FOUND" });
  });

  test("starts a session whose JWT lacks the claim of the address", async () => {
    const sessionClaimsTemplate = `{ "email": {{ member.email_address }}, "id": {{ member.external_id }},
      "label": "<{{ member.email_address }}>", "who": {{ member.email_address || member.external_id }} }`;
    await operator.request(UPDATE_PROJECT, { input: { sessionClaimsTemplate } });
    const claims = decodeJwt((await attestAs({ sub: "jwt", ...BY_PHONE })).sessionJwt);
    expect(claims).toMatchObject({ id: "jwt", who: "jwt" });
    expect(claims).not.toHaveProperty("email");
    expect(claims).not.toHaveProperty("label");
    await operator.request(UPDATE_PROJECT, { input: { sessionClaimsTemplate: null } });
  });

  test("starts a session that can be exchanged within its organization only", async () => {
    const { sessionToken, member } = await attestAs({ sub: "exchange", ...BY_PHONE });
    const other = (await createOrganization(operator)).organizationId;
    await attest(operator, {
      profileId,
      token: await issuer.token({ sub: "exchange", ...BY_PHONE }),
      organizationId: other,
    });
    const exchange = (id: string) => ({
      input: { credential: { sessionToken }, organizationId: id },
    });
    const { exchangeSession } = await operator.request(EXCHANGE_SESSION, exchange(organizationId));
    expect(exchangeSession.member).toEqual({ memberId: member.memberId, emailAddress: null });
    const failure = await operator.failure(EXCHANGE_SESSION, exchange(other));
    expect(failure.extensions).toEqual({ code: "MEMBER_NOT_FOUND" });
  });

  test("creates an organization whose id is longer than a name", async () => {
    const tenants = await profileWith(
      { ...MAPPING, externalMemberId: "sub", organizationId: "org" },
      { canJitProvisionOrganizations: true },
    );
    const org = `https://acme.example/${"é".repeat(107)}🐢${"x".repeat(100)}`;
    const token = await issuer.token({ sub: "tenant", org, ...BY_PHONE });
    const { member, organization } = await attest(operator, { profileId: tenants, token });
    const { organization: created } = await operator.request(
      `query ($id: ID!) { organization(organizationId: $id) { name externalId } }`,
      { id: organization.organizationId },
    );
    expect(created).toEqual({ name: `https://acme.example/${"é".repeat(107)}`, externalId: org });
    expect(await getMember(operator, member.memberId)).toMatchObject({ externalId: "tenant" });
    const again = await attest(operator, { profileId: tenants, token, organizationId: org });
    expect(again.organization).toEqual(organization);
  });

  test("needs a profile that maps an address or the issuer's own id", async () => {
    const failureOf = async (attributeMapping: object) => {
      const input = profileInput({ keys: { publicKeys: [{ pem: issuer.pem }] }, attributeMapping });
      return (await operator.failure(CREATE_PROFILE, { input })).extensions.path;
    };
    expect(await failureOf({ tokenId: "jti" })).toEqual(["input", "attributeMapping", "email"]);
  });
});
