import type { Api } from "../apis/api.entity.js";
import { type ApiStore, assertMayGrant } from "../apis/api-store.js";
import type { GrantsOnApi } from "../clients/client-filter.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { scopeMatcher } from "../shared/scopes.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { ClientGrant } from "./client-grant.entity.js";

export interface ClientGrantFilter {
  clientId?: string | null | undefined;
  apiId?: string | null | undefined;
}

/** Reads client grants for the server's own use, without checking permissions. */
export class ClientGrantStore {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly apis: ApiStore,
  ) {}

  async find(projectId: string, clientId: string, apiId: string): Promise<ClientGrant | null> {
    return this.unitOfWork.read.findOneBy(ClientGrant, { projectId, clientId, apiId });
  }

  async findById(projectId: string, clientGrantId: string): Promise<ClientGrant | null> {
    if (!isWellFormedText(clientGrantId)) return null;
    return this.unitOfWork.read.findOneBy(ClientGrant, { projectId, clientGrantId });
  }

  /** @throws CLIENT_GRANT_NOT_FOUND */
  async get(projectId: string, clientGrantId: string): Promise<ClientGrant> {
    const grant = await this.findById(projectId, clientGrantId);
    if (!grant) throw grantNotFound();
    return grant;
  }

  async list(
    projectId: string,
    request: PageRequest,
    { clientId, apiId }: ClientGrantFilter,
  ): Promise<Page<ClientGrant>> {
    const query = this.unitOfWork.read
      .createQueryBuilder(ClientGrant, "grant")
      .where({ projectId });
    if (typeof clientId === "string") query.andWhere({ clientId });
    if (typeof apiId === "string") query.andWhere({ apiId });
    return keysetPage(query, request, { by: "createdAt", id: "clientGrantId", direction: "DESC" });
  }

  /**
   * Checks that a caller may act as a client. A caller who changes a client's credentials can act as the
   * client, so it needs all permissions on this server that the client has been granted.
   * @throws FORBIDDEN
   */
  async assertMayActAs(caller: Caller, clientId: string): Promise<void> {
    const api = await this.apis.findManagementApi(caller.projectId);
    const grant = api && (await this.find(caller.projectId, clientId, api.apiId));
    if (api && grant) {
      assertMayGrant(caller, api, effectiveScopes(api, grant), ["input", "clientId"]);
    }
  }
}

/** The granted scopes that the API still defines, or a wildcard of its own covers. */
export function effectiveScopes(
  api: Pick<Api, "scopes">,
  grant: Pick<ClientGrant, "scopes" | "allScopes">,
): string[] {
  const defined = api.scopes.map((scope) => scope.value);
  return grant.allScopes ? defined : grant.scopes.filter(scopeMatcher(defined));
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
