import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  getMember,
  updateMember,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  attest,
  createProfile,
  MAPPING,
  testProfile,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("a member's email address and name", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    profileId = await profileWith({});
  });

  beforeEach(async () => {
    organizationId = (await createOrganization(operator)).organizationId;
  });

  afterAll(async () => {
    await server.stop();
  });

  const profileWith = (settings: object) =>
    createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, externalMemberId: "sub", name: "name" },
      canJitProvision: true,
      ...settings,
    });
  const inputWith = async (claims: Record<string, unknown>, profile = profileId) => ({
    profileId: profile,
    token: await issuer.token(claims),
    organizationId,
  });
  const attestAs = async (claims: Record<string, unknown>, profile = profileId) =>
    (await attest(operator, await inputWith(claims, profile))).member;

  const before = { sub: "1", email: "ada@example.com", name: "Ada Byron" };
  const after = { sub: "1", email: "lovelace@example.com", name: "Ada Lovelace" };
  const shown = (claims: { email: string; name: string }) => ({
    emailAddress: claims.email,
    name: claims.name,
  });

  test("follow the tokens of the profile that created the member", async () => {
    const { memberId } = await attestAs(before);
    expect(await getMember(operator, memberId)).toMatchObject({
      provisionedByProfileId: profileId,
    });
    expect(await attestAs(after)).toMatchObject({ memberId, version: 2, ...shown(after) });
    expect(await attestAs(after)).toMatchObject({ version: 2 });
    expect(await attestAs({ sub: "1", email: "", name: undefined })).toMatchObject({
      version: 2,
      ...shown(after),
    });
    expect(await attestAs({ ...after, email: "broken", name: 5 })).toMatchObject(shown(after));
    // The former address is free.
    await attestAs({ ...before, sub: "2" });
  });

  test("do not follow the tokens of another profile, nor those of a member made by hand", async () => {
    const other = await profileWith({});
    await attestAs(before);
    expect(await attestAs(after, other)).toMatchObject(shown(before));
    const byHand = await createMember(operator, organizationId, {
      emailAddress: "grace@example.com",
      externalId: "grace",
    });
    expect(byHand.provisionedByProfileId).toBeNull();
    const token = { sub: "grace", email: "hopper@example.com", name: "Grace" };
    const kept = { emailAddress: "grace@example.com", name: null, version: 1 };
    expect(await attestAs(token)).toMatchObject(kept);
  });

  test("follow the tokens of a profile that updates all members", async () => {
    const all = await profileWith({ memberUpdates: "ALL" });
    await attestAs(before);
    expect(await attestAs(after, all)).toMatchObject(shown(after));
  });

  test("follow no token of a profile that updates none", async () => {
    const none = await profileWith({ memberUpdates: "NONE" });
    await attestAs(before, none);
    expect(await attestAs(after, none)).toMatchObject(shown(before));
    const update = { profileId: none, memberUpdates: "PROVISIONED" };
    await operator.request(UPDATE_PROFILE, { input: update });
    expect(await attestAs(after, none)).toMatchObject(shown(after));
  });

  test("do not follow a token that finds the member by the address alone", async () => {
    const all = await profileWith({ memberUpdates: "ALL" });
    await createMember(operator, organizationId, { emailAddress: before.email });
    expect(await attestAs(before, all)).toMatchObject({ name: null, externalId: "1" });
    expect(await attestAs(before, all)).toMatchObject({ name: before.name });
    const byAddress = await profileWith({
      memberUpdates: "ALL",
      attributeMapping: { ...MAPPING, name: "name" },
    });
    expect(await attestAs({ ...before, name: "Eve" }, byAddress)).toMatchObject(shown(before));
  });

  test("keep the address if another member of the organization has the new one", async () => {
    await createMember(operator, organizationId, { emailAddress: "Lovelace@Example.com" });
    await attestAs(before);
    const input = await inputWith(after);
    const result = await testProfile(operator, input);
    expect(result.outcome).toBe("MEMBER_FOUND");
    expect(result.leftOut).toEqual([
      { attribute: "email", claim: "email", reason: "IN_USE", count: 1 },
    ]);
    const { member } = await attest(operator, input);
    expect(member).toMatchObject({ emailAddress: before.email, name: after.name });
    const elsewhere = await createOrganization(operator);
    await createMember(operator, elsewhere.organizationId, { emailAddress: "free@example.com" });
    const free = { ...after, email: "free@example.com" };
    expect(await attestAs(free)).toMatchObject({ emailAddress: "free@example.com" });
    expect((await testProfile(operator, await inputWith(free))).leftOut).toEqual([]);
  });

  test("go to one of two members who get the same address at the same time", async () => {
    const subs = ["1", "2", "3"];
    for (const sub of subs) await attestAs({ ...before, sub, email: `${sub}@example.com` });
    const members = await Promise.all(subs.map((sub) => attestAs({ ...after, sub })));
    const addresses = members.map(({ emailAddress }) => emailAddress);
    expect(addresses.filter((address) => address === after.email)).toHaveLength(1);
    expect(members.map(({ name }) => name)).toEqual(subs.map(() => after.name));
  });

  test("change once for one member who signs in several times at once", async () => {
    await attestAs(before);
    const members = await Promise.all([1, 2, 3].map(() => attestAs(after)));
    for (const member of members) expect(member).toMatchObject({ version: 2, ...shown(after) });
  });

  test("are recorded as a change by whoever brings the token", async () => {
    const isPublic = await profileWith({ publicExchange: true, organizationId });
    const { memberId } = await attestAs(before, isPublic);
    const actors = async () => {
      const { auditEvents } = await operator.request(
        `query ($id: ID!) {
          auditEvents(filter: { targetId: $id, action: MEMBER_UPDATE }) { nodes { actorType actorId } }
        }`,
        { id: memberId },
      );
      return auditEvents.nodes;
    };
    await attestAs(before, isPublic);
    expect(await actors()).toEqual([]);
    await attest(server.anonymous, await inputWith(after, isPublic));
    expect(await actors()).toEqual([{ actorType: "MEMBER", actorId: memberId }]);
    server.clock.advance(1);
    await attestAs(before, isPublic);
    expect(await actors()).toMatchObject([
      { actorType: "MANAGEMENT_KEY" },
      { actorType: "MEMBER" },
    ]);
  });

  test("are an operator's to change until the next token", async () => {
    const { memberId } = await attestAs(before);
    await updateMember(operator, { memberId, name: "Countess" });
    expect(await attestAs(before)).toMatchObject(shown(before));
  });
});
