import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  CREATE_MEMBER,
  createMember,
  createOrganization,
  DELETE_MEMBER,
  getMember,
  LIST_MEMBERS,
  UPDATE_MEMBER,
  updateMember,
} from "./organization-operations.js";

describe("members", () => {
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

  test("are created with the given fields", async () => {
    const member = await createMember(operator, organizationId, {
      emailAddress: "  Ada@Example.com ",
      name: "Ada",
      externalId: "auth0|1",
      roles: ["admin", "urn:team:a.b_c-d", "admin"],
      trustedMetadata: { plan: "pro" },
    });
    expect(member).toMatchObject({
      memberId: expect.stringMatching(/^member_[0-9A-Za-z]{22}$/),
      organizationId,
      emailAddress: "Ada@Example.com",
      name: "Ada",
      externalId: "auth0|1",
      roles: ["admin", "urn:team:a.b_c-d"],
      status: "ACTIVE",
      trustedMetadata: { plan: "pro" },
      version: 1,
    });
    expect(await getMember(operator, member.memberId)).toEqual(member);
  });

  test.each(["first&last@example.com", "ada_contoso.com#EXT#@example.com", "ada@example.xn--p1ai"])(
    "accept %s as an email address (RFC 5321 section 4.1.2)",
    async (emailAddress) => {
      const member = await createMember(operator, organizationId, { emailAddress });
      expect(member.emailAddress).toBe(emailAddress);
    },
  );

  test.each(["", "ada", "ada@", "@example.com", "a b@example.com", "ada@example.com\u0000"])(
    "refuse %j as an email address",
    async (emailAddress) => {
      const input = { organizationId, emailAddress };
      expect((await operator.failure(CREATE_MEMBER, { input })).extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "emailAddress"],
      });
    },
  );

  test.each<[object, (string | number)[]]>([
    [{ name: "" }, ["name"]],
    [{ name: "a".repeat(129) }, ["name"]],
    [{ externalId: "a".repeat(256) }, ["externalId"]],
    [{ externalId: " padded" }, ["externalId"]],
    [{ externalId: "two\nlines" }, ["externalId"]],
    [{ externalId: "in\u200bvisible" }, ["externalId"]],
    [{ roles: ["admin\u3164"] }, ["roles", 0]],
    [{ externalId: `member_${"a".repeat(22)}` }, ["externalId"]],
    [{ roles: ["ok", ""] }, ["roles", 1]],
    [{ roles: ["a".repeat(256)] }, ["roles", 0]],
    [{ roles: ["padded "] }, ["roles", 0]],
    [{ roles: ["two\nlines"] }, ["roles", 0]],
    [{ roles: ["two\u2028lines"] }, ["roles", 0]],
    [{ roles: Array.from({ length: 251 }, (_, index) => `role-${index}`) }, ["roles"]],
    [{ roles: Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(255, "r")) }, ["roles"]],
  ])("refuse %j", async (fields, path) => {
    const input = { organizationId, emailAddress: "ada@example.com", ...fields };
    expect((await operator.failure(CREATE_MEMBER, { input })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
    const { memberId } = await createMember(operator, organizationId);
    const change = { memberId, ...fields };
    expect((await operator.failure(UPDATE_MEMBER, { input: change })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
  });

  test("have the 200 groups of a token of Microsoft Entra as roles, which an update replaces", async () => {
    const roles = Array.from({ length: 200 }, () => crypto.randomUUID());
    const { memberId } = await createMember(operator, organizationId, { roles });
    expect((await getMember(operator, memberId))?.roles).toEqual(roles);
    expect(await updateMember(operator, { memberId, name: "Ada" })).toMatchObject({ roles });
    const replaced = await updateMember(operator, { memberId, roles: ["viewer"] });
    expect(replaced.roles).toEqual(["viewer"]);
    expect((await updateMember(operator, { memberId, roles: [] })).roles).toEqual([]);
  });

  test("have an email address that is unique in their organization, ignoring case", async () => {
    await createMember(operator, organizationId, { emailAddress: "ada@example.com" });
    const input = { organizationId, emailAddress: "ADA@example.com" };
    const conflict = { code: "ALREADY_EXISTS", path: ["input", "emailAddress"] };
    expect((await operator.failure(CREATE_MEMBER, { input })).extensions).toEqual(conflict);
    const { memberId } = await createMember(operator, organizationId, { emailAddress: "b@b.test" });
    const change = { memberId, emailAddress: "Ada@Example.com" };
    expect((await operator.failure(UPDATE_MEMBER, { input: change })).extensions).toEqual(conflict);
    const other = await createOrganization(operator);
    await createMember(operator, other.organizationId, { emailAddress: "ada@example.com" });
  });

  test("have an external id that is unique in their organization", async () => {
    await createMember(operator, organizationId, { externalId: "one" });
    const input = { organizationId, emailAddress: "b@b.test", externalId: "one" };
    expect((await operator.failure(CREATE_MEMBER, { input })).extensions).toEqual({
      code: "ALREADY_EXISTS",
      path: ["input", "externalId"],
    });
    const other = await createOrganization(operator);
    await createMember(operator, other.organizationId, { externalId: "one" });
  });

  test("change given fields, clear null fields and keep the others", async () => {
    const { memberId } = await createMember(operator, organizationId, {
      name: "Ada",
      externalId: "one",
    });
    expect(
      await updateMember(operator, { memberId, name: null, status: "INACTIVE" }),
    ).toMatchObject({
      name: null,
      externalId: "one",
      status: "INACTIVE",
      emailAddress: "ada@example.com",
      version: 2,
    });
    expect(
      await updateMember(operator, {
        memberId,
        externalId: null,
        emailAddress: "Lovelace@example.com",
      }),
    ).toMatchObject({
      externalId: null,
      status: "INACTIVE",
      emailAddress: "Lovelace@example.com",
      version: 3,
    });
    // The former email address can be used again.
    await createMember(operator, organizationId, { emailAddress: "ada@example.com" });
  });

  test("are created once for an idempotency key", async () => {
    const input = { idempotencyKey: `key ${organizationId}` };
    const members = await Promise.all([
      createMember(operator, organizationId, input),
      createMember(operator, organizationId, input),
    ]);
    expect(members[1]).toEqual(members[0]);
  });

  test("are listed newest first, page by page", async () => {
    const created: string[] = [];
    for (const name of ["a", "b", "c"]) {
      const input = { emailAddress: `${name}@example.com` };
      created.unshift((await createMember(operator, organizationId, input)).memberId);
      server.clock.advance(1);
    }
    const page = async (after?: string) =>
      (await operator.request(LIST_MEMBERS, { organizationId, first: 2, after })).members;
    const first = await page();
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const second = await page(first.pageInfo.endCursor);
    const ids = [...first.nodes, ...second.nodes].map((node) => node.memberId);
    expect(ids).toEqual(created);
  });

  test("of another project are reported as not found", async () => {
    const other = (await server.otherProject()).operator;
    const foreign = await createOrganization(other);
    const { memberId } = await createMember(other, foreign.organizationId);
    expect(await getMember(operator, memberId)).toBeNull();
    expect(await getMember(operator, "\u0000")).toBeNull();
    for (const id of [memberId, "member_unknown"]) {
      for (const operation of [UPDATE_MEMBER, DELETE_MEMBER]) {
        const failure = await operator.failure(operation, { input: { memberId: id } });
        expect(failure.extensions).toEqual({ code: "MEMBER_NOT_FOUND" });
      }
    }
    for (const id of [foreign.organizationId, "organization_unknown"]) {
      const input = { organizationId: id, emailAddress: "ada@example.com" };
      const notFound = { code: "ORGANIZATION_NOT_FOUND" };
      expect((await operator.failure(CREATE_MEMBER, { input })).extensions).toEqual(notFound);
      const list = { organizationId: id, first: 1 };
      expect((await operator.failure(LIST_MEMBERS, list)).extensions).toEqual(notFound);
    }
  });

  test("are permanently removed when they are deleted", async () => {
    const { memberId } = await createMember(operator, organizationId);
    await operator.request(DELETE_MEMBER, { input: { memberId, expectedVersion: 1 } });
    expect(await getMember(operator, memberId)).toBeNull();
    await createMember(operator, organizationId);
  });
});
