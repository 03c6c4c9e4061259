import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  CREATE_ORGANIZATION,
  createMember,
  createOrganization,
  DELETE_ORGANIZATION,
  GET_ORGANIZATION,
  getMember,
  LIST_ORGANIZATIONS,
  UPDATE_ORGANIZATION,
} from "./organization-operations.js";

describe("organizations", () => {
  let server: TestServer;
  let operator: GraphqlClient;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
  });

  afterAll(async () => {
    await server.stop();
  });

  test("are created with the given fields", async () => {
    const organization = await createOrganization(operator, {
      name: "Acme",
      slug: "acme-1",
      externalId: "acme|1",
      trustedMetadata: { tier: "gold" },
    });
    expect(organization).toMatchObject({
      organizationId: expect.stringMatching(/^organization_[0-9A-Za-z]{22}$/),
      name: "Acme",
      slug: "acme-1",
      externalId: "acme|1",
      status: "ACTIVE",
      isDefault: false,
      trustedMetadata: { tier: "gold" },
      version: 1,
    });
    const { organizationId } = organization;
    const data = await operator.request(GET_ORGANIZATION, { organizationId });
    expect(data.organization).toEqual(organization);
  });

  test("get a unique slug from their name", async () => {
    const name = "Société Générale & Co.";
    const created = await Promise.all([1, 2, 3].map(() => createOrganization(operator, { name })));
    const slugs = created.map(({ slug }) => slug).sort();
    expect(slugs[0]).toBe("societe-generale-co");
    expect(slugs[1]).toMatch(/^societe-generale-co-[0-9a-z]{8}$/);
    expect(new Set(slugs).size).toBe(3);
    expect((await createOrganization(operator, { name: "株式会社" })).slug).toBe("organization");
  });

  test.each([
    ["slug", { slug: "taken" }],
    ["externalId", { externalId: "taken" }],
  ])("have a unique %s in their project", async (field, input) => {
    const first = await createOrganization(operator, input);
    expect(
      await operator.failure(CREATE_ORGANIZATION, { input: { name: "Other", ...input } }),
    ).toMatchObject({ extensions: { code: "ALREADY_EXISTS", path: ["input", field] } });
    const other = await createOrganization(operator, { name: "Other" });
    const change = { organizationId: other.organizationId, ...input };
    expect(await operator.failure(UPDATE_ORGANIZATION, { input: change })).toMatchObject({
      extensions: { code: "ALREADY_EXISTS", path: ["input", field] },
    });
    // Keeping its own value is no conflict, and another project may use the same value.
    const same = { organizationId: first.organizationId, ...input };
    await operator.request(UPDATE_ORGANIZATION, { input: same });
    await createOrganization((await server.otherProject()).operator, input);
  });

  test.each([
    ["name", { name: "" }],
    ["name", { name: "a".repeat(129) }],
    ["slug", { slug: "a" }],
    ["slug", { slug: "not a slug" }],
    ["externalId", { externalId: "" }],
    ["externalId", { externalId: "with space at the end " }],
    ["externalId", { externalId: "a".repeat(256) }],
    ["externalId", { externalId: `organization_${"a".repeat(22)}` }],
    ["trustedMetadata", { trustedMetadata: { big: "x".repeat(5000) } }],
  ])("refuse an invalid %s", async (field, input) => {
    const failure = await operator.failure(CREATE_ORGANIZATION, {
      input: { name: "Acme", ...input },
    });
    expect(failure).toMatchObject({
      extensions: { code: "BAD_USER_INPUT", path: ["input", field] },
    });
  });

  test("change given fields, clear null fields and keep the others", async () => {
    const { organizationId, name, slug } = await createOrganization(operator, {
      externalId: "to-clear",
      trustedMetadata: { a: 1, b: 2 },
    });
    const change = async (input: object) =>
      (await operator.request(UPDATE_ORGANIZATION, { input: { organizationId, ...input } }))
        .updateOrganization.organization;
    expect(await change({ trustedMetadata: { a: null, c: 3 } })).toMatchObject({
      name,
      slug,
      externalId: "to-clear",
      trustedMetadata: { b: 2, c: 3 },
      version: 2,
    });
    expect(await change({ externalId: null, name: "New" })).toMatchObject({
      name: "New",
      externalId: null,
      version: 3,
    });
    const stale = { organizationId, name: "Stale", expectedVersion: 2 };
    expect(await operator.failure(UPDATE_ORGANIZATION, { input: stale })).toMatchObject({
      extensions: { code: "VERSION_CONFLICT", path: ["input", "expectedVersion"] },
    });
  });

  test("are listed newest first, page by page", async () => {
    const as = (await server.otherProject()).operator;
    const created: string[] = [];
    for (const name of ["One", "Two", "Three"]) {
      created.unshift((await createOrganization(as, { name })).organizationId);
      server.clock.advance(1);
    }
    const first = (await as.request(LIST_ORGANIZATIONS, { first: 2 })).organizations;
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const after = first.pageInfo.endCursor;
    const second = (await as.request(LIST_ORGANIZATIONS, { first: 2, after })).organizations;
    expect([...first.nodes, ...second.nodes].map((node) => node.organizationId)).toEqual(created);
  });

  test("are deleted together with their members", async () => {
    const { organizationId } = await createOrganization(operator);
    const { memberId } = await createMember(operator, organizationId);
    await operator.request(DELETE_ORGANIZATION, { input: { organizationId } });
    expect(await getMember(operator, memberId)).toBeNull();
    expect(
      await operator.failure(DELETE_ORGANIZATION, { input: { organizationId } }),
    ).toMatchObject({ extensions: { code: "ORGANIZATION_NOT_FOUND" } });
  });

  test("are created once for an idempotency key", async () => {
    const input = { name: "Once", externalId: "once", idempotencyKey: "once" };
    const [first, second] = await Promise.all([
      createOrganization(operator, input),
      createOrganization(operator, input),
    ]);
    expect(second).toEqual(first);
  });

  test("of another project are reported as not found", async () => {
    const other = (await server.otherProject()).operator;
    const { organizationId } = await createOrganization(other);
    expect((await operator.request(GET_ORGANIZATION, { organizationId })).organization).toBeNull();
    for (const id of [organizationId, "organization_unknown"]) {
      const input = { organizationId: id };
      for (const operation of [UPDATE_ORGANIZATION, DELETE_ORGANIZATION]) {
        expect((await operator.failure(operation, { input })).extensions).toEqual({
          code: "ORGANIZATION_NOT_FOUND",
        });
      }
    }
  });

  test("record an audit event for each change", async () => {
    const { organizationId } = await createOrganization(operator);
    await operator.request(UPDATE_ORGANIZATION, { input: { organizationId, name: "New" } });
    await operator.request(DELETE_ORGANIZATION, { input: { organizationId } });
    const { auditEvents } = await operator.request(
      `query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action targetType } } }`,
      { id: organizationId },
    );
    expect(auditEvents.nodes.map((event: { action: string }) => event.action).sort()).toEqual([
      "ORGANIZATION_CREATE",
      "ORGANIZATION_DELETE",
      "ORGANIZATION_UPDATE",
    ]);
  });

  test("require their permissions", async () => {
    const reader = await server.keyWith("organizations:read");
    expect(await reader.failure(CREATE_ORGANIZATION, { input: { name: "No" } })).toMatchObject({
      extensions: { code: "FORBIDDEN" },
    });
    const writer = await server.keyWith("organizations:write");
    expect(await writer.failure(LIST_ORGANIZATIONS, { first: 1 })).toMatchObject({
      extensions: { code: "FORBIDDEN" },
    });
  });
});
