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

  const use = () => server.services.organizationStore.getOrCreateDefault(systemCaller(projectId));
  const all = async (): Promise<OrganizationView[]> =>
    (
      await operator.request(
        "{ organizations { nodes { organizationId name slug isDefault version } } }",
      )
    ).organizations.nodes;
  const defaults = async () => (await all()).filter(({ isDefault }) => isDefault);

  test("is made when it is first used", async () => {
    expect(await all()).toEqual([]);
    const { organizationId } = await use();
    expect(await all()).toEqual([
      { organizationId, name: "Default", slug: "default", isDefault: true, version: 1 },
    ]);
    expect((await use()).organizationId).toBe(organizationId);
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType } } }",
      { id: organizationId },
    );
    expect(auditEvents.nodes).toEqual([{ action: "organization.create", actorType: "SYSTEM" }]);
  });

  test("is one, however many need it first at once", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, use));
    expect(new Set(made.map(({ organizationId }) => organizationId)).size).toBe(1);
    expect(await all()).toHaveLength(1);
  });

  test("leaves a slug to whom it belongs", async () => {
    await createOrganization(operator, { slug: "default" });
    expect((await use()).slug).toMatch(/^default-[0-9a-z]{8}$/);
  });

  test("is whichever an operator chooses", async () => {
    const first = await createOrganization(operator);
    const second = await createOrganization(operator);
    const { organizationId } = first;
    expect(await updateOrganization(operator, { organizationId, isDefault: true })).toMatchObject({
      isDefault: true,
      version: 2,
    });
    expect((await use()).organizationId).toBe(organizationId);
    await updateOrganization(operator, {
      organizationId: second.organizationId,
      isDefault: true,
      name: "The one",
    });
    expect(await defaults()).toMatchObject([
      { organizationId: second.organizationId, name: "The one", version: 2 },
    ]);
    // What lost the flag has changed too.
    expect(await all()).toContainEqual(expect.objectContaining({ organizationId, version: 3 }));
    expect((await use()).organizationId).toBe(second.organizationId);
    expect(await all()).toHaveLength(2);
  });

  test("stays one, however many are chosen at once", async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => createOrganization(operator)));
    await Promise.all([
      use(),
      ...made.map(({ organizationId }) =>
        updateOrganization(operator, { organizationId, isDefault: true }),
      ),
      use(),
    ]);
    expect(await defaults()).toHaveLength(1);
  });

  test("is made anew after it has been given up or deleted", async () => {
    const first = await use();
    await updateOrganization(operator, { organizationId: first.organizationId, isDefault: false });
    expect(await defaults()).toEqual([]);
    const second = await use();
    expect(second.organizationId).not.toBe(first.organizationId);
    await operator.request(DELETE_ORGANIZATION, {
      input: { organizationId: second.organizationId },
    });
    const third = await use();
    expect(await defaults()).toMatchObject([{ organizationId: third.organizationId }]);
  });

  test("stays what it is when other things change, or nothing does", async () => {
    const { organizationId } = await use();
    const changes = [{ name: "Renamed" }, { isDefault: null }, { isDefault: true }];
    for (const change of changes) {
      const changed = await updateOrganization(operator, { organizationId, ...change });
      expect(changed).toMatchObject({ isDefault: true, name: "Renamed" });
    }
  });

  test("of another project is another one", async () => {
    const { organizationId } = await use();
    const other = await server.otherProject();
    const theirs = await server.services.organizationStore.getOrCreateDefault(
      systemCaller(other.projectId),
    );
    expect(theirs.organizationId).not.toBe(organizationId);
    expect(await defaults()).toMatchObject([{ organizationId }]);
  });
});
