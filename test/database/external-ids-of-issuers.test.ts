import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ExternalIdsOfIssuers1797900000000 } from "../../src/database/migrations/1797900000000-external-ids-of-issuers.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  attest,
  attestFailure,
  createProfile,
  MAPPING,
} from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const TWO = "https://two.example.com";

describe("a database of before external ids were of an issuer", () => {
  let database: TestDatabase;
  let server: TestServer;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await startTestServer({ database: database.location });
    issuer = await foreignIssuer(server.clock);
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const profileWith = (settings: object) =>
    createProfile(server.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, externalMemberId: "sub" },
      canJitProvision: true,
      ...settings,
    });

  test("gets members whose ids are of the profile that created them, where it gave one", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const one = await profileWith({});
    const two = await profileWith({ issuer: TWO });
    const byAddress = await profileWith({ attributeMapping: MAPPING });
    const inputOf = async (profileId: string, claims: Record<string, unknown>) => ({
      profileId,
      organizationId,
      token: await issuer.token(claims),
    });
    const signIn = async (profileId: string, claims: Record<string, unknown>) =>
      (await attest(server.operator, await inputOf(profileId, claims))).member.memberId;
    const created = { sub: "created" };
    const linked = { iss: TWO, sub: "linked", email: "linked@example.com" };
    const byHand = { iss: TWO, sub: "by-hand", email: "hand@example.com" };
    const createdId = await signIn(one, created);
    const linkedId = await signIn(byAddress, { email: linked.email });
    await signIn(two, linked);
    const byHandId = (
      await createMember(server.operator, organizationId, {
        externalId: byHand.sub,
        emailAddress: byHand.email,
      })
    ).memberId;
    await revertMigrations(database.location, ExternalIdsOfIssuers1797900000000);
    await server.restart();
    expect(await signIn(one, created)).toBe(createdId);
    const foreign = await inputOf(two, { iss: TWO, ...created });
    expect(await attestFailure(server.operator, foreign)).toEqual({ code: "MEMBER_NOT_FOUND" });
    expect(await signIn(two, linked)).toBe(linkedId);
    expect(await signIn(two, byHand)).toBe(byHandId);
  });
});
