import { Api } from "../apis/api.entity.js";
import { ClientGrant } from "../client-grants/client-grant.entity.js";
import { Client } from "../clients/client.entity.js";
import { Project } from "../projects/project.entity.js";
import type { ProjectRef, ProjectService } from "../projects/project.service.js";
import { PreparedRead } from "../shared/prepared-read.js";
import { isStorableText } from "../shared/storable-text.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import type { CurrentSigningKey } from "../signing-keys/signing-key.service.js";

/** What a token is made of, as the database has it now. */
export interface TokenFacts {
  project: Project;
  /** Null: no such client. */
  client: Client | null;
  /** The API that is asked for, or the project's default one; null: none, or no such API. */
  api: Api | null;
  /** What the client may have at that API. */
  grant: ClientGrant | null;
  /** What signs tokens for that API. */
  signingKey: CurrentSigningKey | null;
}

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
export class TokenFactsReader {
  readonly #read: PreparedRead<TokenFacts>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectService,
  ) {
    this.#read = new PreparedRead<TokenFacts>(
      "token-facts",
      unitOfWork.read.dataSource,
      {
        project: { entity: Project },
        client: { entity: Client },
        api: { entity: Api },
        grant: { entity: ClientGrant },
        signingKey: { entity: SigningKey, only: ["kid", "algorithm", "longestLifetimeSeconds"] },
      },
      FROM,
    );
  }

  /**
   * @param audience absent: the project's default
   * @returns null where there is no such project
   */
  async find(
    project: ProjectRef,
    clientId: string,
    audience: string | null | undefined,
  ): Promise<TokenFacts | null> {
    const projectId = project.projectId ?? (await this.projects.defaultProjectId());
    const ids = [projectId, project.host ?? null, clientId, audience ?? null];
    // What cannot be stored is nobody's id.
    return this.#read.one(...ids.map((id) => (id === null || isStorableText(id) ? id : "")));
  }
}
