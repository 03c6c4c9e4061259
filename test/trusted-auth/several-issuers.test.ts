import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  getMember,
  updateMember,
} from "../organizations/organization-operations.js";
import { EXCHANGE_SESSION } from "../sessions/session-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ATTEST_SESSION,
  attest,
  attestFailure,
  createProfile,
  DELETE_PROFILE,
  MAPPING,
  testProfile,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const ONE = "https://one.example.com";
const TWO = "https://two.example.com";
describe("an organization whose members two issuers know", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let signer: ForeignIssuer;
  let organizationId: string;
  let one: string;
  let two: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
    signer = await foreignIssuer(server.clock);
  });

  beforeEach(async () => {
    organizationId = (await createOrganization(operator)).organizationId;
    one = await profileOf(ONE);
    two = await profileOf(TWO);
  });

  afterAll(async () => {
    await server.stop();
  });

  const profileOf = (issuer: string, settings: object = {}) =>
    createProfile(operator, {
      issuer,
      keys: { publicKeys: [{ pem: signer.pem }] },
      attributeMapping: { ...MAPPING, externalMemberId: "sub" },
      canJitProvision: true,
      ...settings,
    });
  const inputOf = async (profileId: string, iss: string, claims: Record<string, unknown> = {}) => ({
    profileId,
    organizationId,
    token: await signer.token({ iss, ...claims }),
  });
  const signIn = async (profileId: string, iss: string, claims: Record<string, unknown> = {}) =>
    (await attest(operator, await inputOf(profileId, iss, claims))).member;
  const refusal = async (profileId: string, iss: string, claims: Record<string, unknown> = {}) =>
    attestFailure(operator, await inputOf(profileId, iss, claims));
  const NOT_FOUND = { code: "MEMBER_NOT_FOUND" };

  describe("takes an external id", () => {
    const ada = { sub: "472064028195", email: "ada@example.com" };
    const eve = { sub: 472064028195, email: "eve@example.com" };

    test("for that of another person if another issuer gave it", async () => {
      const member = await signIn(one, ONE, ada);
      expect(await refusal(two, TWO, eve)).toEqual(NOT_FOUND);
      expect(await refusal(two, TWO, { ...eve, email: ada.email })).toEqual(NOT_FOUND);
      expect(await refusal(two, TWO, { ...eve, email: undefined })).toEqual(NOT_FOUND);
      // Nor does it become the id of a member who has the address.
      await createMember(operator, organizationId, { emailAddress: eve.email });
      expect(await refusal(two, TWO, eve)).toEqual(NOT_FOUND);
      expect(await signIn(one, ONE, ada)).toEqual(member);
    });

    test("and tells why only those who may know", async () => {
      await updateProfile(two, { publicExchange: true, organizationId });
      await signIn(one, ONE, ada);
      const input = await inputOf(two, TWO, eve);
      const { checks, outcome } = await testProfile(operator, input);
      expect(outcome).toBe("REFUSED");
      const failed = {
        status: "FAILED",
        code: "MEMBER_NOT_FOUND",
        message: expect.stringContaining("from the profile of another issuer"),
      };
      expect(checks).toContainEqual(expect.objectContaining({ check: "MEMBER", ...failed }));
      const { message } = await anonymous.failure(ATTEST_SESSION, { input });
      expect(message).toBe("No such member");
    });

    test("from whichever of two issuers is first, also at the same time", async () => {
      const inputs = [await inputOf(one, ONE, ada), await inputOf(two, TWO, eve)];
      const answers = await Promise.all(
        inputs.map((input) => operator.send(ATTEST_SESSION, { input })),
      );
      const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? "SESSION");
      expect(codes.toSorted()).toEqual(["MEMBER_NOT_FOUND", "SESSION"]);
    });

    test("from every profile of the same issuer", async () => {
      const { memberId } = await signIn(one, ONE, ada);
      const settings = { attributeMapping: { externalMemberId: "sub" } };
      const accessTokens = await profileOf(ONE, settings);
      expect(await signIn(accessTokens, ONE, ada)).toMatchObject({ memberId });
      const successor = await profileOf(TWO, { alternativeIssuers: [ONE] });
      expect(await signIn(successor, TWO, ada)).toMatchObject({ memberId });
    });

    test("from every issuer if an operator gave it", async () => {
      const { memberId } = await createMember(operator, organizationId, {
        emailAddress: ada.email,
        externalId: ada.sub,
      });
      expect(await signIn(one, ONE, ada)).toMatchObject({ memberId });
      expect(await signIn(two, TWO, eve)).toMatchObject({ memberId });
    });

    test("from one issuer alone if that one has given it to an operator's member", async () => {
      await createMember(operator, organizationId, { emailAddress: ada.email });
      const { memberId } = await signIn(one, ONE, ada);
      expect(await refusal(two, TWO, eve)).toEqual(NOT_FOUND);
      // An operator who gives a new one links the member to whom it is of.
      await updateMember(operator, { memberId, externalId: "ada-at-two" });
      expect(await signIn(two, TWO, { ...ada, sub: "ada-at-two" })).toMatchObject({ memberId });
    });

    test("from the next issuer once the former one's profile is deleted", async () => {
      const { memberId } = await signIn(one, ONE, ada);
      await operator.request(DELETE_PROFILE, { input: { profileId: one } });
      expect(await signIn(two, TWO, ada)).toMatchObject({ memberId });
    });

    test("from the next issuer once the profile has that one", async () => {
      const { memberId } = await signIn(one, ONE, ada);
      await updateProfile(one, { issuer: TWO });
      expect(await signIn(one, TWO, ada)).toMatchObject({ memberId });
      expect(await signIn(two, TWO, ada)).toMatchObject({ memberId });
    });

    test("from one issuer, while the other one's tokens go by the address alone", async () => {
      const byAddress = await profileOf(TWO, { attributeMapping: MAPPING });
      const { memberId } = await signIn(byAddress, TWO, ada);
      expect(await signIn(one, ONE, ada)).toMatchObject({ memberId, externalId: ada.sub });
      expect(await signIn(one, ONE, ada)).toMatchObject({ memberId });
      expect(await signIn(byAddress, TWO, ada)).toMatchObject({ memberId });
      expect(await refusal(two, TWO, eve)).toEqual(NOT_FOUND);
    });
  });

  describe("leads its members to another organization", () => {
    const self = { sub: "g-1", email: "me@example.com" };
    const victim = "ceo@victim.example";
    let elsewhere: string;

    beforeEach(async () => {
      elsewhere = (await createOrganization(operator)).organizationId;
      await createMember(operator, elsewhere, { emailAddress: victim });
      await updateProfile(two, { organizationId, memberUpdates: "ALL" });
    });

    const exchange = async (input: object) => {
      const { sessionToken } = await attest(operator, input);
      const variables = { input: { credential: { sessionToken }, organizationId: elsewhere } };
      return anonymous.send(EXCHANGE_SESSION, variables);
    };

    test("not by an address that the organization's own issuer has written", async () => {
      const { memberId } = await createMember(operator, organizationId, {
        emailAddress: self.email,
        externalId: self.sub,
      });
      await signIn(two, TWO, { ...self, email: victim });
      expect(await getMember(operator, memberId)).toMatchObject({ emailAddress: victim });
      const noUpdates = await profileOf(ONE, { memberUpdates: "NONE" });
      for (const profileId of [noUpdates, one]) {
        const input = await inputOf(profileId, ONE, self);
        const { errors } = await exchange(input);
        expect(errors[0]?.extensions).toEqual(NOT_FOUND);
      }
    });

    test("not as a member that the organization's own issuer has created", async () => {
      await signIn(two, TWO, { ...self, email: victim });
      expect(await refusal(one, ONE, self)).toEqual(NOT_FOUND);
    });

    test("by the address in their own token, whichever their member has", async () => {
      const own = await createMember(operator, elsewhere, { emailAddress: "ME@example.com" });
      const { memberId } = await signIn(one, ONE, self);
      await updateMember(operator, { memberId, emailAddress: victim });
      const noUpdates = await profileOf(ONE, { memberUpdates: "NONE" });
      const { data } = await exchange(await inputOf(noUpdates, ONE, self));
      expect(data?.exchangeSession.member.memberId).toBe(own.memberId);
    });

    test("not without an address in their token", async () => {
      const withoutEmail = await profileOf(ONE, { attributeMapping: { externalMemberId: "sub" } });
      await signIn(one, ONE, { ...self, email: victim });
      const { errors } = await exchange(await inputOf(withoutEmail, ONE, self));
      expect(errors[0]?.extensions).toEqual(NOT_FOUND);
    });
  });

  const updateProfile = (profileId: string, input: object) =>
    operator.request(UPDATE_PROFILE, { input: { profileId, ...input } });
});
