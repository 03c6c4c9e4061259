import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { allPages } from "../support/all-pages.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  createMember,
  createOrganization,
  LIST_MEMBERS,
  LIST_ORGANIZATIONS,
  updateMember,
  updateOrganization,
} from "./organization-operations.js";

describe("lists of organizations and members", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  /** Organization ids by name. */
  const organizations: Record<string, string> = {};

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    for (const [name, slug, externalId] of [
      ["Ärzte 100%", "aerzte", "ext|1"],
      ["beta_one", "beta", null],
      ["Gamma One", "gamma", "ext|3"],
    ] as const) {
      const created = await createOrganization(operator, { name, slug, externalId });
      organizations[name] = created.organizationId;
      server.clock.advance(1);
    }
    const inactive = { organizationId: organizations["beta_one"], status: "INACTIVE" };
    await updateOrganization(operator, inactive);
    for (const [organization, emailAddress, settings] of [
      ["Gamma One", "Ada@Example.com", { name: "Ada Lovelace", externalId: "one" }],
      ["Gamma One", "bob@example.com", { name: "bob" }],
      ["Ärzte 100%", "ada@example.com", { externalId: "two" }],
      ["Ärzte 100%", "a_b@other.test", { name: "Zoe" }],
    ] as const) {
      const organizationId = organizations[organization] ?? "";
      await createMember(operator, organizationId, { emailAddress, ...settings });
      server.clock.advance(1);
    }
    const other = (await server.otherProject()).operator;
    const { organizationId } = await createOrganization(other, { name: "Gamma One" });
    await createMember(other, organizationId, { name: "Ada Lovelace" });
  });

  afterAll(async () => {
    await server.stop();
  });

  const organizationNames = async (variables: object): Promise<string[]> =>
    (
      await operator.request(LIST_ORGANIZATIONS, { first: 10, ...variables })
    ).organizations.nodes.map(({ name }: { name: string }) => name);
  const memberAddresses = async (variables: object): Promise<string[]> =>
    (await operator.request(LIST_MEMBERS, { first: 10, ...variables })).members.nodes.map(
      ({ emailAddress }: { emailAddress: string }) => emailAddress,
    );

  test.each<[object, string[]]>([
    [{}, ["Gamma One", "beta_one", "Ärzte 100%"]],
    [{ nameContains: "ONE" }, ["Gamma One", "beta_one"]],
    [{ nameContains: "är" }, ["Ärzte 100%"]],
    [{ nameContains: "%" }, ["Ärzte 100%"]],
    [{ nameContains: "_" }, ["beta_one"]],
    [{ nameContains: "\\" }, []],
    [{ slug: "gamma" }, ["Gamma One"]],
    [{ slug: "gam" }, []],
    [{ externalId: "ext|1" }, ["Ärzte 100%"]],
    [{ status: "INACTIVE" }, ["beta_one"]],
    [{ status: "ACTIVE", nameContains: "one" }, ["Gamma One"]],
    [
      { status: null, slug: null, nameContains: null, externalId: null },
      ["Gamma One", "beta_one", "Ärzte 100%"],
    ],
  ])("contain the matching organizations for %j", async (filter, names) => {
    expect(await organizationNames({ filter })).toEqual(names);
  });

  test.each<[string, string, string[]]>([
    ["CREATED_AT", "ASC", ["Ärzte 100%", "beta_one", "Gamma One"]],
    ["UPDATED_AT", "DESC", ["beta_one", "Gamma One", "Ärzte 100%"]],
    ["NAME", "ASC", ["beta_one", "Gamma One", "Ärzte 100%"]],
    ["NAME", "DESC", ["Ärzte 100%", "Gamma One", "beta_one"]],
  ])("order organizations by %s %s, also across pages", async (field, direction, names) => {
    const orderBy = { field, direction };
    expect(await organizationNames({ orderBy })).toEqual(names);
    const paged = await allPages<{ name: string }>(async (after) => {
      const variables = { first: 1, after, orderBy };
      return (await operator.request(LIST_ORGANIZATIONS, variables)).organizations;
    });
    expect(paged.map(({ name }) => name)).toEqual(names);
  });

  test.each<[object, string[]]>([
    [{}, ["a_b@other.test", "ada@example.com", "bob@example.com", "Ada@Example.com"]],
    [{ emailAddress: " ADA@example.com" }, ["ada@example.com", "Ada@Example.com"]],
    [{ emailAddress: "ada" }, []],
    [{ emailContains: "EXAMPLE" }, ["ada@example.com", "bob@example.com", "Ada@Example.com"]],
    [{ emailContains: "_" }, ["a_b@other.test"]],
    [{ nameContains: "love" }, ["Ada@Example.com"]],
    [{ externalId: "two" }, ["ada@example.com"]],
    [{ status: "INACTIVE" }, []],
    [{ emailContains: "example", nameContains: "B" }, ["bob@example.com"]],
    [
      {
        emailContains: "example",
        emailAddress: null,
        nameContains: null,
        externalId: null,
        status: null,
      },
      ["ada@example.com", "bob@example.com", "Ada@Example.com"],
    ],
  ])("contain the matching members of all organizations for %j", async (filter, addresses) => {
    expect(await memberAddresses({ filter })).toEqual(addresses);
  });

  test("contain the members of one organization", async () => {
    expect(await memberAddresses({ organizationId: null, filter: null })).toHaveLength(4);
    const organizationId = organizations["Gamma One"];
    expect(await memberAddresses({ organizationId })).toEqual([
      "bob@example.com",
      "Ada@Example.com",
    ]);
    const filter = { emailContains: "ada" };
    expect(await memberAddresses({ organizationId, filter })).toEqual(["Ada@Example.com"]);
  });

  test.each<[string, string, string[]]>([
    ["CREATED_AT", "ASC", ["Ada@Example.com", "bob@example.com", "ada@example.com"]],
    ["NAME", "ASC", ["ada@example.com", "Ada@Example.com", "bob@example.com"]],
    ["UPDATED_AT", "ASC", ["Ada@Example.com", "ada@example.com", "bob@example.com"]],
  ])("order members by %s %s, also across pages", async (field, direction, addresses) => {
    const filter = { emailContains: "example.com" };
    const { members } = await operator.request(LIST_MEMBERS, {
      filter: { emailAddress: "bob@example.com" },
    });
    server.clock.advance(1);
    await updateMember(operator, { memberId: members.nodes[0].memberId, roles: ["last"] });
    const orderBy = { field, direction };
    expect(await memberAddresses({ filter, orderBy })).toEqual(addresses);
    const first = await operator.request(LIST_MEMBERS, { first: 2, filter, orderBy });
    const after = first.members.pageInfo.endCursor;
    expect(await memberAddresses({ filter, orderBy, after })).toEqual(addresses.slice(2));
  });

  test.each([
    [LIST_ORGANIZATIONS, { nameContains: "a\u0000" }],
    [LIST_MEMBERS, { emailContains: "a\u0000" }],
  ])("refuse a NUL in a filter", async (query, filter) => {
    const failure = await operator.failure(query, { first: 1, filter });
    expect(failure.extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["filter", Object.keys(filter)[0]],
    });
  });
});
