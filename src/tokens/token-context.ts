import { Api } from "../apis/api.entity.js";
import { ClientGrant } from "../client-grants/client-grant.entity.js";
import { Client } from "../clients/client.entity.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import type { ProjectRef, ProjectStore } from "../projects/project-store.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import type { CurrentSigningKey } from "../signing-keys/signing-key.service.js";

const PROJECT = [
  "projectId",
  "issuer",
  "tokenProfile",
  "defaultAudience",
  "claimsTemplate",
  "accessTokenLifetimeSeconds",
  "signingAlgorithm",
] as const satisfies (keyof Project)[];
const CLIENT = [
  "projectId",
  "clientId",
  "name",
  "status",
  "scopes",
  "trustedMetadata",
  "accessTokenLifetimeSeconds",
  "tokenEndpointAuthMethod",
  "grantTypes",
  "publicKeys",
  "jwksUrl",
  "dpopBoundAccessTokens",
  "secretHash",
  "nextSecretHash",
  "lastUsedAt",
  "expiresAt",
] as const satisfies (keyof Client)[];
const API = [
  "apiId",
  "identifier",
  "scopes",
  "signingAlgorithm",
  "accessTokenLifetimeSeconds",
  "tokenProfile",
  "allowOmittedScope",
  "permissionsClaim",
] as const satisfies (keyof Api)[];
const GRANT = [
  "grantId",
  "scopes",
  "allScopes",
  "accessTokenLifetimeSeconds",
] as const satisfies (keyof ClientGrant)[];
const SIGNING_KEY = [
  "kid",
  "algorithm",
  "longestLifetimeSeconds",
] as const satisfies (keyof SigningKey)[];

export type TokenClient = Pick<Client, (typeof CLIENT)[number]>;
export type TokenProject = Pick<Project, (typeof PROJECT)[number]>;

/** What a token is made of, as the database has it now. */
export interface TokenContext {
  project: TokenProject;
  /** Null: no such client. */
  client: TokenClient | null;
  /** The API that is asked for, or the project's default one; null: none, or no such API. */
  api: Pick<Api, (typeof API)[number]> | null;
  /** What the client may have at that API. */
  grant: Pick<ClientGrant, (typeof GRANT)[number]> | null;
  /** What signs tokens for that API. */
  signingKey: CurrentSigningKey | null;
}

/** The same once a client has proved who it is. */
export type AuthenticatedTokenContext = TokenContext & { client: TokenClient };

/** $1 project, $2 host, $3 client, $4 audience. */
const FROM = `
  FROM projects AS project
  LEFT JOIN clients AS client
    ON client.project_id = project.project_id AND client.client_id = $3
  LEFT JOIN apis AS api
    ON api.project_id = project.project_id
    AND api.identifier = COALESCE($4, project.default_audience)
  LEFT JOIN client_grants AS "grant"
    ON "grant".project_id = project.project_id
    AND "grant".client_id = client.client_id AND "grant".api_id = api.api_id
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".project_id = project.project_id
    AND "signingKey".algorithm = COALESCE(api.signing_algorithm, project.signing_algorithm)
    AND "signingKey".status = 'CURRENT'
  WHERE project.project_id =
    COALESCE((SELECT project_id FROM projects WHERE issuer_host = $2), $1)`;

/**
 * Reads all that a token request needs in one go. Nothing of it is kept: what an operator has
 * changed, in whichever process, holds for the next token (ADR 0010).
 */
export class TokenContextLoader {
  readonly #read: PreparedRead<TokenContext>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {
    this.#read = new PreparedRead<TokenContext>(
      "token-context",
      unitOfWork.read.dataSource,
      {
        project: { entity: Project, only: PROJECT },
        client: { entity: Client, only: CLIENT },
        api: { entity: Api, only: API },
        grant: { entity: ClientGrant, only: GRANT },
        signingKey: { entity: SigningKey, only: SIGNING_KEY },
      },
      FROM,
    );
  }

  /**
   * @param audience absent: the project's default
   * @returns null where there is no such project
   */
  async load(
    project: ProjectRef,
    clientId: string,
    audience: string | null | undefined,
  ): Promise<TokenContext | null> {
    const projectId = project.projectId ?? (await this.projects.defaultProjectId());
    const ids = [projectId, project.host ?? null, clientId, audience ?? null];
    // What cannot be stored is nobody's id.
    return this.#read.first(...ids.map((id) => (id === null || isWellFormedText(id) ? id : "")));
  }
}
