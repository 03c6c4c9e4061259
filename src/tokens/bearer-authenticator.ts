import { Api } from "../apis/api.entity.js";
import type { ApiStore } from "../apis/api-store.js";
import { ClientGrant } from "../client-grants/client-grant.entity.js";
import type { ClientGrantStore } from "../client-grants/client-grant-store.js";
import { effectiveScopes } from "../client-grants/effective-scopes.js";
import { type Client, ownerOf } from "../clients/client.entity.js";
import { bearerTokenRefused } from "../shared/authorization-header.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { type Permission, PROJECT_PERMISSIONS } from "../shared/permissions.js";
import { audienceOf } from "./access-token-claims.js";
import { invalidToken } from "./token-refusal.js";
import type { TokenVerifier } from "./token-verifier.js";
import { parseAccessToken } from "./unverified-access-token.js";
import {
  API_OF_TOKEN,
  type FurtherRows,
  type VerificationContextLoader,
} from "./verification-context.js";

type ClientKey = Pick<Client, "projectId" | "clientId">;

const API_COLUMNS = ["apiId", "scopes"] as const satisfies (keyof Api)[];
const GRANT_COLUMNS = [
  "clientGrantId",
  "scopes",
  "allScopes",
] as const satisfies (keyof ClientGrant)[];

/** What a token's client has been granted at its audience, which may be this server's own API. */
interface Granted {
  api: Pick<Api, (typeof API_COLUMNS)[number]> | null;
  grant: Pick<ClientGrant, (typeof GRANT_COLUMNS)[number]> | null;
}

export const GRANTED: FurtherRows<Granted> = {
  selection: {
    api: { entity: Api, only: API_COLUMNS },
    grant: { entity: ClientGrant, only: GRANT_COLUMNS },
  },
  joins: `${API_OF_TOKEN}
    LEFT JOIN client_grants AS "grant"
      ON "grant".project_id = project.project_id
      AND "grant".client_id = client.client_id AND "grant".api_id = api.api_id`,
};

/** Authenticates clients that call this server's own API with an access token. */
export class BearerAuthenticator {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly contexts: VerificationContextLoader<Granted>,
    private readonly apis: ApiStore,
    private readonly grants: ClientGrantStore,
  ) {}

  /**
   * Authenticates a client by one read.
   * @param projectId project that must have issued the token; absent: the one that the token names
   * @throws UNAUTHENTICATED
   */
  async authenticate(text: string, source: RequestSource, projectId?: string): Promise<Caller> {
    try {
      const token = parseAccessToken(text);
      const context = await this.contexts.load(projectId ?? null, token, audienceOf(token.claims));
      if (!context) throw invalidToken("ISSUER");
      const audience = this.apis.managementAudienceOf(context.project);
      const { client, scopes, claims } = this.verifier.check(token, context, audience);
      // Bearer use of a token that is bound to a key is rejected (RFC 9449 section 7.2).
      if (claims["cnf"] !== undefined) throw bearerTokenRefused();
      const { clientId, expiresAt } = client;
      const permissions = permissionsOf(context).filter((permission) =>
        scopes.includes(permission),
      );
      return {
        ...source,
        projectId: context.project.projectId,
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
  async permissionsOf({ projectId, clientId }: ClientKey): Promise<Permission[]> {
    const audience = await this.apis.managementAudience(projectId);
    const grant = await this.grants.findByAudience(projectId, clientId, audience);
    return permissionsOf({ api: grant?.api ?? null, grant });
  }
}

/** A token keeps nothing that has been taken away since. */
function permissionsOf({ api, grant }: Granted): Permission[] {
  const scopes = api && grant ? effectiveScopes(api, grant) : [];
  return PROJECT_PERMISSIONS.filter((permission) => scopes.includes(permission));
}
