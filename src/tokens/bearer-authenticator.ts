import type { ApiStore } from "../apis/api-store.js";
import type { ClientGrantStore } from "../client-grants/client-grant-store.js";
import { effectiveScopes } from "../client-grants/effective-scopes.js";
import { type Client, ownerOf } from "../clients/client.entity.js";
import type { Project } from "../projects/project.entity.js";
import { bearerTokenRefused } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { type Permission, PROJECT_PERMISSIONS } from "../shared/permissions.js";
import type { TokenVerifier } from "./token-verifier.js";

type ClientKey = Pick<Client, "projectId" | "clientId">;

/** Authenticates clients that call this server's own API with an access token. */
export class BearerAuthenticator {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly apis: ApiStore,
    private readonly grants: ClientGrantStore,
  ) {}

  /**
   * @param project project that must have issued the token; absent: the one that the token names
   * @throws UNAUTHENTICATED
   */
  async authenticate(token: string, source: RequestSource, project?: Project): Promise<Caller> {
    try {
      const issuer = project ?? (await this.verifier.resolveProject(token));
      const { projectId } = issuer;
      const audience = await this.apis.managementAudience(projectId);
      const { client, scopes, claims } = await this.verifier.verify(issuer, token, audience);
      // Bearer use of a token that is bound to a key is rejected (RFC 9449 section 7.2).
      if (claims["cnf"] !== undefined) throw bearerTokenRefused();
      const { clientId, expiresAt } = client;
      const granted = await this.#permissionsFor(client, audience);
      const permissions = granted.filter((permission) => scopes.includes(permission));
      return {
        ...source,
        projectId,
        actor: { type: "CLIENT", id: clientId },
        permissions: new Set(permissions),
        expiresAt,
        owner: ownerOf(client),
      };
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      throw bearerTokenRefused({ cause: error });
    }
  }

  /** What the client has been granted now on this server's own API. */
  async permissionsOf(client: ClientKey): Promise<Permission[]> {
    return this.#permissionsFor(client, await this.apis.managementAudience(client.projectId));
  }

  /** A token keeps nothing that has been taken away since. */
  async #permissionsFor({ projectId, clientId }: ClientKey, audience: string) {
    const grant = await this.grants.findByAudience(projectId, clientId, audience);
    const scopes = grant ? effectiveScopes(grant.api, grant) : [];
    return PROJECT_PERMISSIONS.filter((permission) => scopes.includes(permission));
  }
}
