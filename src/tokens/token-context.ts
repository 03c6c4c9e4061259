import { Api } from "../apis/api.entity.js";
import { ClientGrant } from "../client-grants/client-grant.entity.js";
import { Client } from "../clients/client.entity.js";
import type { SecretToMatch } from "../clients/client-authenticator.js";
import {
  JOINED_SECRETS,
  type JoinedSecrets,
  joinSecrets,
  secretsIn,
} from "../clients/joined-secrets.js";
import { ownerIsActive, type Usability } from "../clients/usable-client.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import type { ProjectRef, ProjectStore } from "../projects/project-store.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import type { CurrentSigningKey } from "../signing-keys/signing-key.service.js";

const PROJECT_COLUMNS = [
  "projectId",
  "issuer",
  "tokenProfile",
  "defaultAudience",
  "claimsTemplate",
  "accessTokenLifetimeSeconds",
  "signingAlgorithm",
  "formerSigningAlgorithm",
] as const satisfies (keyof Project)[];
const CLIENT_COLUMNS = [
  "projectId",
  "clientId",
  "name",
  "status",
  "scopes",
  "trustedMetadata",
  "accessTokenLifetimeSeconds",
  "tokenGeneration",
  "tokenEndpointAuthMethod",
  "grantTypes",
  "publicKeys",
  "jwksUrl",
  "dpopBoundAccessTokens",
  "lastUsedAt",
  "expiresAt",
  "ownerType",
  "ownerId",
] as const satisfies (keyof Client)[];
const API_COLUMNS = [
  "apiId",
  "identifier",
  "scopes",
  "signingAlgorithm",
  "formerSigningAlgorithm",
  "accessTokenLifetimeSeconds",
  "tokenProfile",
  "allowOmittedScope",
  "permissionsClaim",
] as const satisfies (keyof Api)[];
const GRANT_COLUMNS = [
  "clientGrantId",
  "scopes",
  "allScopes",
  "accessTokenLifetimeSeconds",
] as const satisfies (keyof ClientGrant)[];
const SIGNING_KEY_COLUMNS = [
  "kid",
  "algorithm",
  "longestLifetimeSeconds",
] as const satisfies (keyof SigningKey)[];

type ClientRow = Pick<Client, (typeof CLIENT_COLUMNS)[number]>;
export type TokenClient = ClientRow & Usability;
export type TokenProject = Pick<Project, (typeof PROJECT_COLUMNS)[number]>;

/** The rows that a token request depends on, as they are in the database now. */
interface TokenRow extends JoinedSecrets {
  project: TokenProject;
  /** Null: no such client. */
  client: ClientRow | null;
  /** SQLite has numbers instead of truth values. */
  isOwnerActive: boolean | number;
  /** The requested API or the project's default; null: the request has no audience, or no such API. */
  api: Pick<Api, (typeof API_COLUMNS)[number]> | null;
  /** The client's grant on that API. */
  grant: Pick<ClientGrant, (typeof GRANT_COLUMNS)[number]> | null;
  /** The current key of the algorithm that signs, see `currentSigningAlgorithm`. */
  signingKey: CurrentSigningKey | null;
}

/** The rows that a token request depends on, with the client's secrets as a list. */
export interface TokenContext extends Pick<TokenRow, "project" | "api" | "grant" | "signingKey"> {
  /** Null: no such client. */
  client: TokenClient | null;
  /** Up to two, which may have ended. */
  secrets: SecretToMatch[];
}

/** A token context after the client has been authenticated. */
export type AuthenticatedTokenContext = TokenContext & { client: TokenClient };

/** $1 project, $2 location, $3 client, $4 audience. */
const FROM = `
  FROM projects AS project
  LEFT JOIN clients AS client
    ON client.project_id = project.project_id AND client.client_id = $3
  ${joinSecrets("client")}
  LEFT JOIN apis AS api
    ON api.project_id = project.project_id
    AND api.identifier = COALESCE($4, project.default_audience)
  LEFT JOIN client_grants AS "grant"
    ON "grant".project_id = project.project_id
    AND "grant".client_id = client.client_id AND "grant".api_id = api.api_id
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".project_id = project.project_id
    AND "signingKey".algorithm = COALESCE(
      api.former_signing_algorithm, api.signing_algorithm,
      project.former_signing_algorithm, project.signing_algorithm)
    AND "signingKey".status = 'CURRENT'
  WHERE project.project_id =
    COALESCE((SELECT project_id FROM project_issuers WHERE location = $2), $1)`;

/**
 * Reads everything that a token request depends on in one query. It caches nothing, so that a change
 * made through any process applies to the next token (ADR 0010).
 */
export class TokenContextLoader {
  readonly #read: PreparedRead<TokenRow>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {
    this.#read = new PreparedRead<TokenRow>(
      "token-context",
      unitOfWork.read.dataSource,
      {
        project: { entity: Project, only: PROJECT_COLUMNS },
        client: { entity: Client, only: CLIENT_COLUMNS },
        isOwnerActive: { sql: ownerIsActive("client") },
        ...JOINED_SECRETS,
        api: { entity: Api, only: API_COLUMNS },
        grant: { entity: ClientGrant, only: GRANT_COLUMNS },
        signingKey: { entity: SigningKey, only: SIGNING_KEY_COLUMNS },
      },
      FROM,
    );
  }

  /**
   * @param audience absent: the project's default
   * @returns null if the project does not exist
   */
  async load(
    { projectId, location }: ProjectRef,
    clientId: string,
    audience: string | null | undefined,
  ): Promise<TokenContext | null> {
    const isDefault = projectId === undefined && this.projects.isDefaultLocation(location);
    const fallback = isDefault ? await this.projects.defaultProjectId() : (projectId ?? null);
    const issuer = projectId === undefined ? (location ?? null) : null;
    const row = await this.#read.first(fallback, issuer, clientId, audience ?? null);
    if (!row) return null;
    const { project, api, grant, signingKey } = row;
    return {
      project,
      client: toTokenClient(row),
      secrets: secretsIn(row),
      api,
      grant,
      signingKey,
    };
  }
}

function toTokenClient({ client, isOwnerActive }: TokenRow): TokenClient | null {
  return client && Object.assign(client, { isOwnerActive: Boolean(isOwnerActive) });
}
