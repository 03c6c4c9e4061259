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
import { ownerIsActive, type Usability, withUsability } from "../clients/usable-client.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import {
  PROJECT_ID_OF_REF,
  type ProjectRef,
  type ProjectStore,
} from "../projects/project-store.js";
import {
  CURRENT_KEY,
  type CurrentSigningKey,
  joinCurrentKey,
} from "../signing-keys/joined-keys.js";

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

type ClientRow = Pick<Client, (typeof CLIENT_COLUMNS)[number]>;
export type TokenClient = ClientRow & Usability;
export type TokenProject = Pick<Project, (typeof PROJECT_COLUMNS)[number]>;

/** The rows that a token request depends on, as they are in the database now. */
interface TokenRow extends JoinedSecrets {
  project: TokenProject;
  /** Null: no such client. */
  client: ClientRow | null;
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

/** The parameters of `PROJECT_ID_OF_REF`, $4 client, $5 audience. */
const FROM = `
  FROM projects AS project
  LEFT JOIN clients AS client
    ON client.project_id = project.project_id AND client.client_id = $4
  ${joinSecrets("client")}
  LEFT JOIN apis AS api
    ON api.project_id = project.project_id
    AND api.identifier = COALESCE($5, project.default_audience)
  LEFT JOIN client_grants AS "grant"
    ON "grant".project_id = project.project_id
    AND "grant".client_id = client.client_id AND "grant".api_id = api.api_id
  ${joinCurrentKey(
    "api.former_signing_algorithm",
    "api.signing_algorithm",
    "project.former_signing_algorithm",
    "project.signing_algorithm",
  )}
  WHERE project.project_id = ${PROJECT_ID_OF_REF}`;

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
        signingKey: CURRENT_KEY,
      },
      FROM,
    );
  }

  /**
   * @param audience absent: the project's default
   * @returns null if the project does not exist
   */
  async load(
    ref: ProjectRef,
    clientId: string,
    audience: string | null | undefined,
  ): Promise<TokenContext | null> {
    const parameters = await this.projects.refParameters(ref);
    const row = await this.#read.first(...parameters, clientId, audience ?? null);
    if (!row) return null;
    const { project, api, grant, signingKey } = row;
    return {
      project,
      client: withUsability(row.client, row.isOwnerActive),
      secrets: secretsIn(row),
      api,
      grant,
      signingKey,
    };
  }
}
