import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { Organization } from "../../src/organizations/organization.entity.js";
import {
  createMember,
  createOrganization,
  DELETE_ORGANIZATION,
  UPDATE_ORGANIZATION,
} from "../organizations/organization-operations.js";
import { OwnClientsWorld } from "../security/own-clients-world.js";
import type { GraphqlAnswer } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  createClient,
  IMPORT_CLIENT,
  ROTATE_SECRET,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SECRET = randomBytes(32).toString("base64url");

describe("while an owner is being deleted", () => {
  let server: TestServer;
  let world: OwnClientsWorld;

  beforeAll(async () => {
    server = await startTestServer();
    world = await OwnClientsWorld.create(server);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await server.stop();
  });

  const codeOf = ({ errors }: GraphqlAnswer) => errors[0]?.extensions.code ?? "OK";

  /** Deletes an organization, and lets a call come as far as its lock of the organization before the clients go. */
  async function whileDeleting(organizationId: string, call: () => Promise<GraphqlAnswer>) {
    const { unitOfWork, clientDeletion } = server.services;
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const deleteOwned = clientDeletion.deleteOwned.bind(clientDeletion);
    let answer: Promise<GraphqlAnswer> | undefined;
    jest.spyOn(clientDeletion, "deleteOwned").mockImplementation(async (...args) => {
      for (const method of ["findForShare", "findForUpdate"] as const) {
        const original = unitOfWork[method].bind(unitOfWork);
        jest.spyOn(unitOfWork, method).mockImplementation((entity, where) => {
          if (entity === Organization) arrive();
          return original(entity, where);
        });
      }
      answer = call();
      await Promise.race([arrived, answer]);
      await deleteOwned(...args);
    });
    const deletion = await server.operator.send(DELETE_ORGANIZATION, { input: { organizationId } });
    return [codeOf(deletion), codeOf((await answer) as GraphqlAnswer)];
  }

  async function introspectingOwner() {
    const { organizationId } = await createOrganization(server.operator);
    const { clientId } = await createClient(server.operator, { owner: { organizationId } });
    await updateProject(server.operator, { introspectionClientId: clientId });
    return organizationId;
  }

  test("a caller of the organization's is told that its owner has been deleted", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const { caller, client } = await world.manager({ organizationId });
    const input = { clientId: client.clientId };
    const rotate = () => caller.send(ROTATE_SECRET, { input });
    expect(await whileDeleting(organizationId, rotate)).toEqual(["OK", "FORBIDDEN"]);
  });

  test("so is a caller of one of its members", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const { memberId } = await createMember(server.operator, organizationId);
    const { caller } = await world.manager({ memberId });
    const create = () => caller.send(CREATE_CLIENT, { input: { scopes: [] } });
    expect(await whileDeleting(organizationId, create)).toEqual(["OK", "FORBIDDEN"]);
  });

  test.each([
    ["created", CREATE_CLIENT, {}],
    ["imported", IMPORT_CLIENT, { clientId: "client-of-a-deleted-owner", clientSecret: SECRET }],
  ])(
    "a client with a lifetime of its own that is %s waits for the deletion",
    async (_, operation, settings) => {
      const organizationId = await introspectingOwner();
      const input = {
        ...settings,
        scopes: [],
        owner: { organizationId },
        accessTokenLifetimeSeconds: 600,
      };
      const create = () => server.operator.send(operation, { input });
      expect(await whileDeleting(organizationId, create)).toEqual(["OK", "ORGANIZATION_NOT_FOUND"]);
    },
  );

  test("an organization that becomes the default waits for the deletion", async () => {
    const organizationId = await introspectingOwner();
    const input = { organizationId, isDefault: true };
    const update = () => server.operator.send(UPDATE_ORGANIZATION, { input });
    expect(await whileDeleting(organizationId, update)).toEqual(["OK", "ORGANIZATION_NOT_FOUND"]);
  });
});
