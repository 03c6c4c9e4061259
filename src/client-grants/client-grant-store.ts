import { Like, type SelectQueryBuilder } from "typeorm";
import type { Api } from "../apis/api.entity.js";
import { canBeManagementApi, MANAGEMENT_PATH } from "../apis/api-store.js";
import { Client, ownerOf } from "../clients/client.entity.js";
import type { GrantsOnApi } from "../clients/client-filter.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { ClientOwner } from "../shared/client-owner.js";
import { type ClientReach, isWithinReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import { type Permission, PROJECT_PERMISSIONS } from "../shared/permissions.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { ClientGrant } from "./client-grant.entity.js";

export interface ClientGrantFilter {
  clientId?: string | null | undefined;
  apiId?: string | null | undefined;
}

type ClientKey = Pick<ClientGrant, "projectId" | "clientId">;

/** Reads client grants for the server's own use, without checking permissions. */
export class ClientGrantStore {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** @throws CLIENT_GRANT_NOT_FOUND, the same for no grant and for one of a client outside of the reach */
  async get(reach: ClientReach, clientGrantId: string): Promise<ClientGrant> {
    if (!isWellFormedText(clientGrantId)) throw grantNotFound();
    const { projectId } = reach;
    const { read } = this.unitOfWork;
    const grant = await read.findOneBy(ClientGrant, { projectId, clientGrantId });
    if (!grant) throw grantNotFound();
    if (reach.owner === null) return grant;
    const { clientId } = grant;
    const client = await read.findOneBy(Client, { projectId, clientId });
    if (!client || !isWithinReach(reach, ownerOf(client))) throw grantNotFound();
    return grant;
  }

  async list(
    { projectId, owner }: ClientReach,
    request: PageRequest,
    { clientId, apiId }: ClientGrantFilter,
  ): Promise<Page<ClientGrant>> {
    const query = this.unitOfWork.read.createQueryBuilder(ClientGrant, "grant");
    if (owner) whereOfOwner(query, projectId, owner);
    else query.where({ projectId });
    if (typeof clientId === "string") query.andWhere({ clientId });
    if (typeof apiId === "string") query.andWhere({ apiId });
    return keysetPage(query, request, { by: "createdAt", id: "clientGrantId", direction: "DESC" });
  }

  /** The grant on the API with this identifier, and the API. */
  async findByAudience(projectId: string, clientId: string, identifier: string) {
    return this.unitOfWork.read.findOne(ClientGrant, {
      where: { projectId, clientId, api: { identifier } },
      relations: { api: true },
    });
  }

  /** All permissions on this server that the client's grants can give it, see `grantablePermissions`. */
  async permissionsOf({ projectId, clientId }: ClientKey): Promise<Permission[]> {
    const grants = await this.unitOfWork.read.find(ClientGrant, {
      where: { projectId, clientId, api: { identifier: Like(`%${MANAGEMENT_PATH}`) } },
      relations: { api: true },
    });
    const permissions = grants.flatMap((grant) => grantablePermissions(grant.api, grant));
    return [...new Set(permissions)];
  }
}

/**
 * Grants of an owner's clients. The project is compared only within the subquery: by an index of it, SQLite would read
 * the grants of all clients in the list's order (ADR 0013).
 */
function whereOfOwner(
  query: SelectQueryBuilder<ClientGrant>,
  projectId: string,
  owner: ClientOwner,
): void {
  const clients = query
    .subQuery()
    .select(["owned.projectId", "owned.clientId"])
    .from(Client, "owned")
    .where("owned.projectId = :projectId")
    .andWhere("owned.ownerType = :ownerType AND owned.ownerId = :ownerId");
  query
    .where(`(grant.projectId, grant.clientId) IN ${clients.getQuery()}`)
    .setParameters({ projectId, ownerType: owner.type, ownerId: owner.id });
}

/**
 * The permissions on this server that a grant can give, today or after somebody else has changed the project's
 * issuer or the API (ADR 0019). Scopes count as they are stored, also those that the API does not define, and
 * `allScopes` counts as every permission that the API may get.
 */
export function grantablePermissions(
  api: Pick<Api, "identifier">,
  { scopes, allScopes }: Pick<ClientGrant, "scopes" | "allScopes">,
): Permission[] {
  if (!canBeManagementApi(api)) return [];
  return allScopes
    ? PROJECT_PERMISSIONS
    : PROJECT_PERMISSIONS.filter((permission) => scopes.includes(permission));
}

/** The condition of a list of clients that they have a grant on an API. */
export const grantsOnApi: GrantsOnApi = (apiId) => ({
  entity: ClientGrant,
  where: (grant) => `${grant}.apiId = :apiId`,
  parameters: { apiId },
});

export function grantNotFound() {
  return new CountersignError("CLIENT_GRANT_NOT_FOUND", "No such client grant");
}
