import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { ClientGrant } from "../../src/client-grants/client-grant.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { CREATE_GRANT } from "../oauth/oauth-operations.js";
import type { GraphqlAnswer } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  createClient,
  ROTATE_SECRET,
  UPDATE_CLIENT,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type Manager, OwnClientsWorld } from "./own-clients-world.js";

describe("a caller that manages the clients of its owner, at the same time as others,", () => {
  let server: TestServer;
  let world: OwnClientsWorld;
  let customers = 0;

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

  const newOwner = () => ({ externalId: `customer-${++customers}` });
  const codeOf = ({ errors }: GraphqlAnswer) => errors[0]?.extensions.code ?? "OK";

  /**
   * Sends a call that waits for its own client, which meanwhile loses what the call would pass on.
   * @param method of the client store, by which the call locks
   */
  async function whileLosing(
    { client }: Manager,
    method: "lock" | "lockHolder",
    call: () => Promise<GraphqlAnswer>,
    lose: (where: { projectId: string; clientId: string }) => Promise<unknown>,
  ): Promise<string> {
    const { unitOfWork, clientStore } = server.services;
    const where = { projectId: server.projectId, clientId: client.clientId };
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const original = clientStore[method].bind(clientStore) as (...args: unknown[]) => never;
    let answer: Promise<GraphqlAnswer> | undefined;
    await unitOfWork.write(async () => {
      await unitOfWork.findForUpdate(Client, where);
      jest.spyOn(clientStore, method).mockImplementation((...args: unknown[]) => {
        arrive();
        return original(...args);
      });
      answer = call();
      await Promise.race([arrived, answer]);
      await lose(where);
    });
    return codeOf((await answer) as GraphqlAnswer);
  }

  const loseScopes = (where: { projectId: string; clientId: string }) =>
    server.services.unitOfWork.activeManager.update(Client, where, { scopes: [] });

  test("passes on no scope that it is just losing", async () => {
    const manager = await world.manager(newOwner());
    const { clientId } = await createClient(manager.caller, { scopes: [] });
    const scopes = ["read:users"];
    const create = () => manager.caller.send(CREATE_CLIENT, { input: { scopes } });
    expect(await whileLosing(manager, "lockHolder", create, loseScopes)).toBe("FORBIDDEN");
    const other = await world.manager(newOwner());
    const theirs = await createClient(other.caller, { scopes: [] });
    const update = () =>
      other.caller.send(UPDATE_CLIENT, { input: { clientId: theirs.clientId, scopes } });
    expect(await whileLosing(other, "lock", update, loseScopes)).toBe("FORBIDDEN");
    expect(clientId).not.toBe(theirs.clientId);
  });

  test("takes over no client by what it is just losing", async () => {
    const owner = newOwner();
    const manager = await world.manager(owner);
    const { clientId } = await createClient(server.operator, { owner, scopes: ["read:users"] });
    const rotate = () => manager.caller.send(ROTATE_SECRET, { input: { clientId } });
    expect(await whileLosing(manager, "lock", rotate, loseScopes)).toBe("FORBIDDEN");
  });

  test("grants nothing on an API by a grant that is just deleted", async () => {
    const { orders } = world;
    const manager = await world.manager(newOwner(), {
      grants: new Map([[orders.apiId, { scopes: ["read:all"] }]]),
    });
    const { clientId } = await createClient(manager.caller, { scopes: [] });
    const input = { clientId, apiId: orders.apiId, scopes: ["read:all"] };
    const grant = () => manager.caller.send(CREATE_GRANT, { input });
    const deleteGrant = (where: { projectId: string; clientId: string }) =>
      server.services.unitOfWork.activeManager.delete(ClientGrant, {
        ...where,
        apiId: orders.apiId,
      });
    expect(await whileLosing(manager, "lock", grant, deleteGrant)).toBe("API_NOT_FOUND");
  });

  test("does not wait for another one that changes it", async () => {
    const owner = newOwner();
    const [one, two] = [await world.manager(owner), await world.manager(owner)];
    const rotations = Array.from({ length: 20 }, (_, index) => {
      const [by, of] = index % 2 ? [one, two] : [two, one];
      const input = { clientId: of.client.clientId, overlapSeconds: 0 };
      return by.caller.send(ROTATE_SECRET, { input });
    });
    expect(new Set((await Promise.all(rotations)).map(codeOf))).toEqual(new Set(["OK"]));
  });
});
