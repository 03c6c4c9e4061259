import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { systemCaller } from "../../src/shared/caller.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  createOrganization,
  DELETE_ORGANIZATION,
  type OrganizationView,
  updateOrganization,
} from "./organization-operations.js";

describe("the default organization", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let projectId: string;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(async () => {
    ({ projectId, operator } = await server.otherProject());
  });

  afterAll(async () => {
    await server.stop();
  });

  const getOrCreate = () =>
    server.services.organizationStore.getOrCreateDefault(systemCaller(projectId));
  const all = async (): Promise<OrganizationView[]> =>
    (
      await operator.request(
        "{ organizations { nodes { organizationId name slug isDefault version } } }",
      )
    ).organizations.nodes;
  const defaults = async () => (await all()).filter(({ isDefault }) => isDefault);

  test("is created when it is first needed", async () => {
    expect(await all()).toEqual([]);
    const { organizationId } = await getOrCreate();
    expect(await all()).toEqual([
      { organizationId, name: "Default", slug: "default", isDefault: true, version: 1 },
    ]);
    expect((await getOrCreate()).organizationId).toBe(organizationId);
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType } } }",
      { id: organizationId },
    );
    expect(auditEvents.nodes).toEqual([{ action: "ORGANIZATION_CREATE", actorType: "SYSTEM" }]);
  });

  test("is created once by many concurrent requests", async () => {
    const organizations = await Promise.all(Array.from({ length: 20 }, getOrCreate));
    expect(new Set(organizations.map(({ organizationId }) => organizationId)).size).toBe(1);
    expect(await all()).toHaveLength(1);
  });

  test("gets another slug if its slug is taken", async () => {
    await createOrganization(operator, { slug: "default" });
    expect((await getOrCreate()).slug).toMatch(/^default-[0-9a-z]{8}$/);
  });

  test("is the one that an operator chooses", async () => {
    const first = await createOrganization(operator);
    const second = await createOrganization(operator);
    const { organizationId } = first;
    expect(await updateOrganization(operator, { organizationId, isDefault: true })).toMatchObject({
      isDefault: true,
      version: 2,
    });
    expect((await getOrCreate()).organizationId).toBe(organizationId);
    await updateOrganization(operator, {
      organizationId: second.organizationId,
      isDefault: true,
      name: "Chosen",
    });
    expect(await defaults()).toMatchObject([
      { organizationId: second.organizationId, name: "Chosen", version: 2 },
    ]);
    // Losing the flag counts as a change of the former default.
    expect(await all()).toContainEqual(expect.objectContaining({ organizationId, version: 3 }));
    expect((await getOrCreate()).organizationId).toBe(second.organizationId);
    expect(await all()).toHaveLength(2);
  });

  test("is one even if several are chosen at once", async () => {
    const organizations = await Promise.all(
      Array.from({ length: 5 }, () => createOrganization(operator)),
    );
    await Promise.all([
      getOrCreate(),
      ...organizations.map(({ organizationId }) =>
        updateOrganization(operator, { organizationId, isDefault: true }),
      ),
      getOrCreate(),
    ]);
    expect(await defaults()).toHaveLength(1);
  });

  test("is created again after the former one lost the flag or was deleted", async () => {
    const first = await getOrCreate();
    await updateOrganization(operator, { organizationId: first.organizationId, isDefault: false });
    expect(await defaults()).toEqual([]);
    const second = await getOrCreate();
    expect(second.organizationId).not.toBe(first.organizationId);
    await operator.request(DELETE_ORGANIZATION, {
      input: { organizationId: second.organizationId },
    });
    const third = await getOrCreate();
    expect(await defaults()).toMatchObject([{ organizationId: third.organizationId }]);
  });

  test("keeps the flag when other fields change", async () => {
    const { organizationId } = await getOrCreate();
    const changes = [{ name: "Renamed" }, { slug: "renamed" }, { isDefault: true }];
    for (const change of changes) {
      const changed = await updateOrganization(operator, { organizationId, ...change });
      expect(changed).toMatchObject({ isDefault: true, name: "Renamed" });
    }
  });

  test("belongs to one project", async () => {
    const { organizationId } = await getOrCreate();
    const other = await server.otherProject();
    const foreign = await server.services.organizationStore.getOrCreateDefault(
      systemCaller(other.projectId),
    );
    expect(foreign.organizationId).not.toBe(organizationId);
    expect(await defaults()).toMatchObject([{ organizationId }]);
  });
});
