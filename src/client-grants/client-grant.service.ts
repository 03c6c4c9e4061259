import type { QueryDeepPartialEntity } from "typeorm";
import type { Api } from "../apis/api.entity.js";
import type { ApiStore } from "../apis/api-store.js";
import { Client, ownerOf } from "../clients/client.entity.js";
import type { ClientSecretStore } from "../clients/client-secret-store.js";
import type { ClientStore } from "../clients/client-store.js";
import { applyChange, CHANGED } from "../persistence/apply-change.js";
import { isUniqueViolation } from "../persistence/database-errors.js";
import { assertVersion } from "../persistence/optimistic-lock.js";
import type { Page, PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertLifetimeAllowed } from "../projects/access-token-lifetime.js";
import { assertMayGrant, type Caller } from "../shared/caller.js";
import { type ClientReach, clientReach, isWithinReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import type { Permission } from "../shared/permissions.js";
import { validate, validateChange } from "../shared/validation.js";
import { buildClientGrant, type GrantedAccess } from "./build-client-grant.js";
import { ClientGrant } from "./client-grant.entity.js";
import {
  assertGrantable,
  createRules,
  filterRules,
  grantRef,
  updateRules,
} from "./client-grant-rules.js";
import {
  type ClientGrantFilter,
  type ClientGrantStore,
  grantablePermissions,
  grantNotFound,
} from "./client-grant-store.js";
import { assertClientEndsInTime, assertNone, type GrantedAuthority } from "./granted-authority.js";
import type { OwnClientsAuthority } from "./own-clients-authority.js";

export interface NewClientGrant extends GrantedAccess {
  clientId: string;
  apiId: string;
  idempotencyKey?: string | null;
}

export interface ClientGrantChange extends GrantedAccess {
  clientGrantId: string;
  expectedVersion?: number | null;
}

export interface ClientGrantRef {
  clientGrantId: string;
  expectedVersion?: number | null;
}

/** Reads and manages the grants that let clients request tokens for APIs. */
export class ClientGrantService {
  constructor(
    private readonly platform: Platform,
    private readonly store: ClientGrantStore,
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecretStore,
    private readonly apis: ApiStore,
    private readonly authority: GrantedAuthority,
    private readonly ownClients: OwnClientsAuthority,
  ) {}

  async find(caller: Caller, clientGrantId: string): Promise<ClientGrant | null> {
    const reach = clientReach(caller, "clients:read");
    const { batchedReads } = this.platform;
    const grant = await batchedReads.find(caller, ClientGrant, "clientGrantId", clientGrantId);
    if (!grant || reach.owner === null) return grant;
    const client = await batchedReads.find(caller, Client, "clientId", grant.clientId);
    return client && isWithinReach(reach, ownerOf(client)) ? grant : null;
  }

  /** Newest first. */
  async list(
    caller: Caller,
    request: PageRequest,
    filter: ClientGrantFilter,
  ): Promise<Page<ClientGrant>> {
    const reach = clientReach(caller, "clients:read");
    const conditions = validate(filterRules, filter, ["filter"]);
    return this.store.list(reach, request, conditions);
  }

  /**
   * @throws CLIENT_NOT_FOUND, API_NOT_FOUND, BAD_USER_INPUT, FORBIDDEN; ALREADY_EXISTS if the client already has a
   *   grant on the API; PRECONDITION_FAILED if somebody with fewer permissions made a credential of the client
   */
  async create(caller: Caller, input: NewClientGrant): Promise<ClientGrant> {
    const reach = clientReach(caller, "clients:write");
    const rules = validate(createRules, input);
    const { projectId } = caller;
    return this.platform.idempotency.run(
      { ...reach, operation: "createClientGrant", key: rules.idempotencyKey, input: rules },
      async (recordResult) =>
        this.platform.unitOfWork.write(async (manager) => {
          const client = await this.clients.lock(reach, rules.clientId);
          const { accessTokenLifetimeSeconds: lifetime } = rules;
          await assertLifetimeAllowed(this.platform.unitOfWork, projectId, lifetime);
          await this.ownClients.assertKnowsApi(reach, rules.apiId);
          const api = await this.apis.getForShare(projectId, rules.apiId);
          const grant = buildClientGrant(client, api, rules, this.platform.clock.now());
          await this.ownClients.assertMayGrant(reach, client, api, null, grant);
          this.#validate(caller, api, grant, rules.scopes);
          const gain = { ...rules, permissions: grantablePermissions(api, grant) };
          await this.#assertMayGain(reach, client, gain, ["input", "clientId"]);
          await manager
            .insert(ClientGrant, grant as QueryDeepPartialEntity<ClientGrant>)
            .catch((error: unknown) => {
              throw isUniqueViolation(error) ? alreadyGranted() : error;
            });
          await recordResult(grant.clientGrantId);
          await this.platform.auditLog.record(caller, {
            action: "clientGrant.create",
            targetId: grant.clientGrantId,
          });
          return grant;
        }),
      async (clientGrantId) => this.store.get(reach, clientGrantId),
    );
  }

  /**
   * The change applies from the next token.
   * @throws CLIENT_GRANT_NOT_FOUND, BAD_USER_INPUT, FORBIDDEN, VERSION_CONFLICT, PRECONDITION_FAILED
   */
  async update(caller: Caller, input: ClientGrantChange): Promise<ClientGrant> {
    const reach = clientReach(caller, "clients:write");
    const rules = validateChange(updateRules, input);
    const { clientGrantId, expectedVersion: expected, endSecrets, ...patch } = rules;
    const { projectId } = caller;
    return this.platform.unitOfWork.write(async (manager) => {
      // Everything that changes a client locks it before what belongs to it, and an API before its grants.
      const { clientId, apiId } = await this.store.get(reach, clientGrantId);
      const client = await this.clients.lock(reach, clientId);
      const { accessTokenLifetimeSeconds: lifetime } = patch;
      await assertLifetimeAllowed(this.platform.unitOfWork, projectId, lifetime);
      const api = await this.apis.getForShare(projectId, apiId);
      const grant = await this.platform.unitOfWork.findForUpdate(ClientGrant, {
        projectId,
        clientGrantId,
      });
      if (!grant) throw grantNotFound();
      assertVersion(grant.version, expected);
      const before = { ...grant };
      const isChanged = await applyChange(grant, this.platform.clock.now(), (loaded) => {
        Object.assign(loaded, patch);
      });
      await this.ownClients.assertMayGrant(reach, client, api, before, grant);
      this.#validate(caller, api, grant, patch.scopes);
      const gain = { endSecrets, permissions: grantablePermissions(api, grant) };
      await this.#assertMayGain(reach, client, gain, ["input", "clientGrantId"]);
      if (!isChanged) return grant;
      const { clientGrantId: _, ...columns } = grant;
      const row = columns as QueryDeepPartialEntity<ClientGrant>;
      await manager.update(ClientGrant, { projectId, clientGrantId }, row);
      await this.platform.auditLog.record(caller, {
        action: "clientGrant.update",
        targetId: clientGrantId,
      });
      return grant;
    });
  }

  /** @throws CLIENT_GRANT_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: ClientGrantRef): Promise<string> {
    const reach = clientReach(caller, "clients:write");
    const { clientGrantId, expectedVersion: expected } = validate(grantRef, input);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      const { clientId } = await this.store.get(reach, clientGrantId);
      await this.clients.lock(reach, clientId);
      const grant = await this.platform.unitOfWork.findForUpdate(ClientGrant, {
        projectId,
        clientGrantId,
      });
      if (!grant) throw grantNotFound();
      assertVersion(grant.version, expected);
      await manager.delete(ClientGrant, { projectId, clientGrantId });
      await this.platform.auditLog.record(caller, {
        action: "clientGrant.delete",
        targetId: clientGrantId,
      });
    });
    return clientGrantId;
  }

  /** @param inputScopes scopes of this input; the API may no longer define scopes of earlier ones */
  #validate(
    caller: Caller,
    api: Api,
    grant: ClientGrant,
    inputScopes: readonly string[] | undefined,
  ): void {
    assertGrantable(api, grant, inputScopes);
    const path = inputScopes ? ["input", "scopes"] : ["input"];
    assertMayGrant(caller, grantablePermissions(api, grant), path);
  }

  /** @param client locked @throws FORBIDDEN, PRECONDITION_FAILED */
  async #assertMayGain(
    reach: ClientReach,
    client: Client,
    {
      permissions,
      endSecrets,
    }: { permissions: Permission[]; endSecrets?: boolean | null | undefined },
    path: string[],
  ): Promise<void> {
    if (permissions.length === 0) return;
    const held = await this.store.permissionsOf(client);
    const gained = permissions.filter((permission) => !held.includes(permission));
    if (gained.length === 0) return;
    assertClientEndsInTime(reach.caller, client, path);
    const { secrets, ...others } = await this.authority.findWeakerCredentials(client, gained);
    assertNone({ ...others, secrets: endSecrets ? [] : secrets }, path, "set endSecrets to true");
    if (secrets.length === 0) return;
    await this.clients.change(reach, client, "client.endSecrets", async () => {
      for (const secret of secrets) await this.secrets.delete(secret);
      return CHANGED;
    });
  }
}

function alreadyGranted() {
  return new CountersignError(
    "ALREADY_EXISTS",
    "The client already has a grant on this API: update that grant",
    { path: ["input", "apiId"] },
  );
}
