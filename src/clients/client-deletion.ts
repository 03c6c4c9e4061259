import { In } from "typeorm";
import { Api } from "../apis/api.entity.js";
import type { OwnerToDelete } from "../organizations/delete-owned-clients.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import type { VersionedEntity } from "../persistence/versioned.entity.js";
import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import type { Caller } from "../shared/caller.js";
import { isSameOwner } from "../shared/client-owner.js";
import type { ClientReach } from "../shared/client-reach.js";
import { Client, ownerOf } from "./client.entity.js";
import type { ClientOwners } from "./client-owners.js";
import type { ClientRef, ClientStore } from "./client-store.js";

/** Clients that one statement deletes. */
const CHUNK_SIZE = 500;
/** No client has this id. */
const DELETED_REGISTRAR = "";

/** Deletes clients, and their ids from what would take a new client of the same id for them. */
export class ClientDeletion {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientStore,
    private readonly owners: ClientOwners,
  ) {}

  /** @throws CLIENT_NOT_FOUND, VERSION_CONFLICT */
  async delete(reach: ClientReach, { clientId, expectedVersion }: ClientRef): Promise<Client> {
    const { caller } = reach;
    return this.platform.unitOfWork.write(async () => {
      const client = await this.store.lock(reach, clientId);
      assertVersion(client.version, expectedVersion);
      await this.#deleteLocked(caller, [clientId]);
      await this.platform.auditLog.record(caller, { action: "client.delete", targetId: clientId });
      return client;
    });
  }

  /** Deletes the clients of an owner that the active unit of work has locked. */
  async deleteOwned(caller: Caller, owner: OwnerToDelete): Promise<void> {
    const { unitOfWork, auditLog } = this.platform;
    const { projectId } = caller;
    const owned = await this.owners.findOwned(projectId, owner);
    for (let start = 0; start < owned.length; start += CHUNK_SIZE) {
      const chunk = new Map(
        owned.slice(start, start + CHUNK_SIZE).map((client) => [client.clientId, ownerOf(client)]),
      );
      const where = { projectId, clientId: In([...chunk.keys()]) };
      const locked = await unitOfWork.findAllForUpdate(Client, where, "clientId");
      // One that got another owner meanwhile stays.
      const clientIds = locked
        .filter((client) => isSameOwner(ownerOf(client), chunk.get(client.clientId) ?? null))
        .map(({ clientId }) => clientId);
      await this.#deleteLocked(caller, clientIds);
      await auditLog.recordAll(
        caller,
        clientIds.map((clientId) => ({ action: "client.delete", targetId: clientId })),
      );
    }
  }

  async #deleteLocked(caller: Caller, clientIds: string[]): Promise<void> {
    const { projectId } = caller;
    const manager = this.platform.unitOfWork.activeManager;
    await this.#leaveIntrospection(caller, clientIds);
    // A new client with the same id must not become their registrar.
    const registered = { projectId, registeredBy: In(clientIds) };
    await manager.update(Client, registered, { registeredBy: DELETED_REGISTRAR });
    await manager.delete(Client, { projectId, clientId: In(clientIds) });
  }

  /** A new client with the same id must not introspect tokens. Everything locks a project before its APIs. */
  async #leaveIntrospection(caller: Caller, clientIds: string[]): Promise<void> {
    const { unitOfWork, auditLog, clock } = this.platform;
    const where = { projectId: caller.projectId, introspectionClientId: In(clientIds) };
    const withoutClient = ({ version }: VersionedEntity) => ({
      introspectionClientId: null,
      updatedAt: clock.now(),
      version: version + 1,
    });
    for (const project of await unitOfWork.findAllForUpdate(Project, where, "projectId")) {
      const { projectId } = project;
      await unitOfWork.activeManager.update(Project, { projectId }, withoutClient(project));
      await auditLog.record(caller, { action: "project.update", targetId: projectId });
    }
    for (const api of await unitOfWork.findAllForUpdate(Api, where, "apiId")) {
      const { apiId } = api;
      await unitOfWork.activeManager.update(Api, { apiId }, withoutClient(api));
      await auditLog.record(caller, { action: "api.update", targetId: apiId });
    }
  }
}
