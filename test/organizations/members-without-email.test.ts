import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  CREATE_MEMBER,
  createMember,
  createOrganization,
  getMember,
  LIST_MEMBERS,
  UPDATE_MEMBER,
  updateMember,
} from "./organization-operations.js";

const NO_ADDRESS = { emailAddress: null };

describe("a member without an email address", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let organizationId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
  });

  beforeEach(async () => {
    organizationId = (await createOrganization(operator)).organizationId;
  });

  afterAll(async () => {
    await server.stop();
  });

  const createFailure = async (input: object) =>
    (await operator.failure(CREATE_MEMBER, { input: { organizationId, ...input } })).extensions;
  const updateFailure = async (input: object) =>
    (await operator.failure(UPDATE_MEMBER, { input })).extensions;
  const refused = (field: string) => ({ code: "BAD_USER_INPUT", path: ["input", field] });

  test("is created with an external id, several in one organization", async () => {
    for (const externalId of ["one", "two"]) {
      const member = await createMember(operator, organizationId, { ...NO_ADDRESS, externalId });
      expect(member).toMatchObject({ emailAddress: null, externalId });
      expect(await getMember(operator, member.memberId)).toEqual(member);
    }
    const input = { organizationId, externalId: "three" };
    const { createMember: created } = await operator.request(CREATE_MEMBER, { input });
    expect(created.member).toMatchObject({ emailAddress: null, externalId: "three" });
  });

  test("needs an external id", async () => {
    expect(await createFailure({})).toEqual(refused("emailAddress"));
    expect(await createFailure({ emailAddress: null, externalId: null })).toEqual(
      refused("emailAddress"),
    );
    expect(await createFailure({ emailAddress: "", externalId: "one" })).toEqual(
      refused("emailAddress"),
    );
  });

  test("keeps one of the two when the other is cleared", async () => {
    const { memberId } = await createMember(operator, organizationId, { externalId: "one" });
    expect(await updateFailure({ memberId, emailAddress: null, externalId: null })).toEqual(
      refused("emailAddress"),
    );
    expect(await updateMember(operator, { memberId, emailAddress: null })).toMatchObject({
      emailAddress: null,
      externalId: "one",
      version: 2,
    });
    expect(await updateFailure({ memberId, externalId: null })).toEqual(refused("externalId"));
    const replaced = { memberId, emailAddress: "ada@example.com", externalId: null };
    expect(await updateMember(operator, replaced)).toMatchObject({
      emailAddress: "ada@example.com",
      externalId: null,
      version: 3,
    });
    expect(await updateFailure({ memberId, emailAddress: null })).toEqual(refused("emailAddress"));
    expect(await getMember(operator, memberId)).toMatchObject({ version: 3 });
  });

  test("is listed and found by its external id, and matches no filter of addresses", async () => {
    await createMember(operator, organizationId, { ...NO_ADDRESS, externalId: "one" });
    await createMember(operator, organizationId);
    const found = async (filter: object) => {
      const { members } = await operator.request(LIST_MEMBERS, { organizationId, filter });
      return members.nodes.map((node: { emailAddress: string | null }) => node.emailAddress);
    };
    expect((await found({})).sort()).toEqual(["ada@example.com", null]);
    expect(await found({ externalId: "one" })).toEqual([null]);
    for (const filter of [
      { emailContains: "a" },
      { emailContains: "%" },
      { emailAddress: "ada@example.com" },
    ]) {
      expect(await found(filter)).not.toContain(null);
    }
    expect(await found({ emailAddress: "" })).toEqual([]);
    expect(await found({ emailContains: "null" })).toEqual([]);
  });
});

describe("the external id of members and organizations", () => {
  let server: TestServer;
  let operator: GraphqlClient;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each([
    "f:44d42131-2236-4897-9146-1c782cf44d92:peter",
    "samlp|acme-saml|ada@example.com",
    "nmAfbk+fhWbLD/v9vJZ1Cg==",
    "https://acme.example/~1?a=b&c=%25#d",
    "CN=Ada Lovelace,OU=x",
    "żółw 🐢",
    'it\'s \\ "quoted"',
    "x@clients",
    "é".repeat(255),
  ])("may be %s, and finds exactly its owner", async (externalId) => {
    const { organizationId } = await createOrganization(operator, { externalId });
    const { memberId } = await createMember(operator, organizationId, { externalId });
    const near = [`_${externalId.slice(1)}`, externalId.toUpperCase(), externalId.normalize("NFD")];
    for (const [index, other] of near.filter((id) => id !== externalId).entries()) {
      if (other.length > 255) continue;
      const input = { externalId: other, emailAddress: `other-${index}@example.com` };
      await createMember(operator, organizationId, input);
    }
    const { members, organizations } = await operator.request(
      `query ($externalId: String!) {
        members(filter: { externalId: $externalId }) { nodes { memberId } }
        organizations(filter: { externalId: $externalId }) { nodes { organizationId } }
      }`,
      { externalId },
    );
    expect(members.nodes).toEqual([{ memberId }]);
    expect(organizations.nodes).toEqual([{ organizationId }]);
  });
});
