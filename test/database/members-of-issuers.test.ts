import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDataSource } from "../../src/database/data-source.js";
import { MembersOfIssuers1797700000000 } from "../../src/database/migrations/1797700000000-members-of-issuers.js";
import { createMember, getMember } from "../organizations/organization-operations.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile, GET_PROFILE } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("a database of before members could lack an email address", () => {
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await startTestServer({ database: database.location });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const query = async (sql: string) => {
    const dataSource = await createDataSource(database.location).initialize();
    return dataSource.query(sql).finally(() => dataSource.destroy());
  };

  test("gets members, sessions and profiles back as they were", async () => {
    const { operator } = server;
    const { startSession, memberId, organizationId, profileId } = await createSessionMember(
      server,
      operator,
    );
    const { sessionToken } = await startSession();
    const without = await createMember(operator, organizationId, {
      emailAddress: null,
      externalId: "phone|1",
    });
    const { pem } = await foreignIssuer(server.clock);
    const workload = await createProfile(operator, {
      keys: { publicKeys: [{ pem }] },
      clientId: (await createClient(operator)).clientId,
      claimConditions: [{ claim: "sub", operator: "EQUALS", values: ["ci"] }],
      attributeMapping: { tokenId: "jti" },
    });
    await revertMigrations(database.location, MembersOfIssuers1797700000000);
    const [former] = await query("SELECT email_address FROM members WHERE external_id = 'phone|1'");
    expect(former.email_address).toBe(`${without.memberId.toLowerCase()}@no-address.invalid`);
    await query(
      `UPDATE trusted_auth_profiles SET attribute_mapping = '{"tokenId":"jti","externalMemberId":"sub"}' WHERE profile_id = '${workload}'`,
    );
    await server.restart();
    expect(await getMember(server.operator, memberId)).toMatchObject({
      emailAddress: "ada@example.com",
      provisionedByProfileId: null,
    });
    const { member } = await authenticate(server.operator, { sessionToken });
    expect(member.memberId).toBe(memberId);
    const profileOf = async (id: string) =>
      (await server.operator.request(GET_PROFILE, { profileId: id })).profile;
    expect(await profileOf(profileId)).toMatchObject({ memberUpdates: "PROVISIONED" });
    // Without an address it identified no members, and still identifies none.
    const { attributeMapping } = await profileOf(workload);
    expect(attributeMapping).toMatchObject({ tokenId: "jti", externalMemberId: null });
  });
});
