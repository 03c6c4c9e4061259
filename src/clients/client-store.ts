import { type EntityManager, In, IsNull, MoreThan, type QueryDeepPartialEntity } from "typeorm";
import type { AuditActionOn } from "../audit/audit-actions.js";
import { applyChange, type Mutate } from "../persistence/apply-change.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import type { Caller } from "../shared/caller.js";
import { type ClientReach, isWithinReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { Client, ownerOf } from "./client.entity.js";
import type { ClientOwners } from "./client-owners.js";
import { ClientSearchTerm, clientSearchTerms } from "./client-search-term.entity.js";
import type { ClientSecret } from "./client-secret.entity.js";
import type { ClientSecretStore } from "./client-secret-store.js";
import { isUsable, type Usability } from "./usable-client.js";

/** A client to change, and the version that the caller expects it to have. */
export interface ClientRef {
  clientId: string;
  expectedVersion?: number | null | undefined;
}

export type ClientWithUsability = Client & Usability;

/** Reads, locks, inserts and changes clients, with their search terms and audit events. */
export class ClientStore {
  constructor(
    private readonly platform: Platform,
    private readonly secrets: ClientSecretStore,
    private readonly owners: ClientOwners,
  ) {}

  async find(projectId: string, clientId: string): Promise<Client | null> {
    if (!isWellFormedText(clientId)) return null;
    return this.platform.unitOfWork.read.findOneBy(Client, { projectId, clientId });
  }

  /** Finds a client with what tells whether it is usable. */
  async findWithUsability(
    projectId: string,
    clientId: string,
  ): Promise<ClientWithUsability | null> {
    const client = await this.find(projectId, clientId);
    if (!client) return null;
    return Object.assign(client, { isOwnerActive: await this.owners.isActive(client) });
  }

  /** Whether a client gets tokens now. */
  async isUsable(client: Client, now: Date): Promise<boolean> {
    return isUsable({ ...client, isOwnerActive: await this.owners.isActive(client) }, now);
  }

  /** @throws CLIENT_NOT_FOUND */
  async get(reach: ClientReach, clientId: string): Promise<Client> {
    return requireReached(reach, await this.find(reach.projectId, clientId));
  }

  /**
   * Locks a client in the active unit of work. Everything that changes a client, its credentials or its grants
   * does so first. What a caller with `own_clients:write` holds itself stays as it is until the commit too.
   * @throws CLIENT_NOT_FOUND; FORBIDDEN if the caller's owner has been deleted
   */
  async lock(reach: ClientReach, clientId: string): Promise<Client> {
    const { projectId } = reach;
    await this.owners.lockWithin(reach);
    const holder = holderOf(reach);
    // In the order of their ids, so that two callers that change each other do not wait for each other.
    if (holder !== null && holder < clientId) await this.#lockForShare(projectId, holder);
    const client = await this.platform.unitOfWork.findForUpdate(Client, { projectId, clientId });
    if (holder !== null && holder > clientId) await this.#lockForShare(projectId, holder);
    return requireReached(reach, client);
  }

  /**
   * Keeps what a caller with `own_clients:write` holds as it is until the active unit of work commits.
   * @throws FORBIDDEN if the caller's owner has been deleted
   */
  async lockHolder(reach: ClientReach): Promise<void> {
    const { projectId } = reach;
    await this.owners.lockWithin(reach);
    const holder = holderOf(reach);
    if (holder !== null) await this.#lockForShare(projectId, holder);
  }

  async #lockForShare(projectId: string, clientId: string): Promise<Client | null> {
    return this.platform.unitOfWork.findForShare(Client, { projectId, clientId });
  }

  /** Keeps a client from being deleted until the active unit of work commits. @throws CLIENT_NOT_FOUND */
  async assertExists(projectId: string, clientId: string): Promise<void> {
    if (!(await this.#lockForShare(projectId, clientId))) throw clientNotFound();
  }

  /** Counts the project's clients that are active and have not expired. */
  async countUsable(manager: EntityManager, projectId: string, now: Date): Promise<number> {
    const active = { projectId, status: "ACTIVE" as const };
    return manager.countBy(Client, [
      { ...active, expiresAt: IsNull() },
      { ...active, expiresAt: MoreThan(now) },
    ]);
  }

  /**
   * Inserts a client in the active unit of work.
   * @param secret null: it has none
   * @throws DUPLICATE_CLIENT_ID, CLIENT_NOT_FOUND for its registrar, ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND;
   *   BAD_USER_INPUT for a lifetime beyond the project's maximum
   */
  async insert(
    caller: Caller,
    client: Client,
    secret: ClientSecret | null,
    action: AuditActionOn<"client">,
  ): Promise<void> {
    const { unitOfWork } = this.platform;
    const { projectId, registeredBy, accessTokenLifetimeSeconds: lifetime } = client;
    const owner = ownerOf(client);
    // The order of all locks: the owner, clients, the project.
    if (owner) await this.owners.lock(projectId, owner);
    if (registeredBy !== null) await this.assertExists(projectId, registeredBy);
    await assertLifetimeAllowed(unitOfWork, projectId, lifetime);
    try {
      await unitOfWork.activeManager.insert(Client, client as QueryDeepPartialEntity<Client>);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new CountersignError("DUPLICATE_CLIENT_ID", "A client with this id already exists", {
        path: ["input", "clientId"],
      });
    }
    if (secret) await this.secrets.insert(secret);
    await this.#insertSearchTerms(client, clientSearchTerms(client));
    await this.platform.auditLog.record(caller, { action, targetId: client.clientId });
  }

  /**
   * Changes a client in a unit of work; `mutate` edits the loaded row.
   * @throws CLIENT_NOT_FOUND, VERSION_CONFLICT
   */
  async change(
    reach: ClientReach,
    { clientId, expectedVersion }: ClientRef,
    action: AuditActionOn<"client">,
    mutate: Mutate<Client>,
  ): Promise<Client> {
    const { caller, projectId } = reach;
    return this.platform.unitOfWork.write(async (manager) => {
      const client = await this.lock(reach, clientId);
      assertVersion(client.version, expectedVersion);
      const before = { terms: clientSearchTerms(client), normalizedName: client.normalizedName };
      const isChanged = await applyChange(client, this.platform.clock.now(), mutate);
      if (!isChanged) return client;
      const { projectId: _p, clientId: _c, lastUsedAt: _l, ...columns } = client;
      const row = columns as QueryDeepPartialEntity<Client>;
      await manager.update(Client, { projectId, clientId }, row);
      await this.#changeSearchTerms(client, before);
      await this.platform.auditLog.record(caller, { action, targetId: clientId });
      return client;
    });
  }

  async #insertSearchTerms(client: Client, terms: string[]): Promise<void> {
    const { projectId, clientId, createdAt, updatedAt, normalizedName } = client;
    const shared = { projectId, clientId, createdAt, updatedAt, normalizedName };
    const rows = terms.map((term) => ({ ...shared, term }));
    if (rows.length > 0)
      await this.platform.unitOfWork.activeManager.insert(ClientSearchTerm, rows);
  }

  async #changeSearchTerms(
    client: Client,
    before: { terms: string[]; normalizedName: string },
  ): Promise<void> {
    const manager = this.platform.unitOfWork.activeManager;
    const { projectId, clientId, updatedAt, normalizedName } = client;
    const terms = clientSearchTerms(client);
    const removed = before.terms.filter((term) => !terms.includes(term));
    if (removed.length > 0) {
      await manager.delete(ClientSearchTerm, { projectId, clientId, term: In(removed) });
    }
    // A column that has not changed is not set, so that the database leaves its index alone.
    const changes = {
      updatedAt,
      ...(normalizedName !== before.normalizedName && { normalizedName }),
    };
    await manager.update(ClientSearchTerm, { projectId, clientId }, changes);
    const added = terms.filter((term) => !before.terms.includes(term));
    await this.#insertSearchTerms(client, added);
  }
}

/** The client whose access limits what the caller can give; null: another kind of caller, or one without such limits. */
function holderOf({ owner, caller: { actor } }: ClientReach): string | null {
  return owner && actor.type === "CLIENT" ? actor.id : null;
}

/** @throws CLIENT_NOT_FOUND, the same for no client and for one outside of the reach */
function requireReached(reach: ClientReach, client: Client | null): Client {
  if (client && isWithinReach(reach, ownerOf(client))) return client;
  throw clientNotFound();
}

export function clientNotFound() {
  return new CountersignError("CLIENT_NOT_FOUND", "No such client");
}
