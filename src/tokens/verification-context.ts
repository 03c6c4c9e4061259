import { Client } from "../clients/client.entity.js";
import { ownerIsActive, type Usability, withUsability } from "../clients/usable-client.js";
import { PreparedRead, type Selection } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { ProjectIssuer } from "../projects/project-issuer.entity.js";
import {
  ISSUER_COLUMNS,
  type LocatedIssuer,
  lookupOf,
  projectOfIssuer,
} from "../projects/project-of-issuer.js";
import type { ProjectStore } from "../projects/project-store.js";
import { VERIFICATION_KEY, type VerificationKey } from "../signing-keys/joined-keys.js";
import { clientIdOf } from "./access-token-claims.js";
import type { UnverifiedAccessToken } from "./unverified-access-token.js";

const PROJECT_COLUMNS = [
  "projectId",
  "issuer",
  "signingAlgorithm",
  "formerSigningAlgorithm",
  "introspectionClientId",
] as const satisfies (keyof Project)[];
const CLIENT_COLUMNS = [
  "projectId",
  "clientId",
  "status",
  "expiresAt",
  "ownerType",
  "ownerId",
  "tokenGeneration",
  "tokensNotBefore",
  "createdAt",
] as const satisfies (keyof Client)[];

type ClientRow = Pick<Client, (typeof CLIENT_COLUMNS)[number]>;
export type VerifiedClientRow = ClientRow & Usability;

/** The rows that decide about an access token, as they are in the database now. */
interface VerificationRow {
  project: Pick<Project, (typeof PROJECT_COLUMNS)[number]>;
  issuer: LocatedIssuer | null;
  /** The project's unrevoked key with the token's `kid`. */
  signingKey: VerificationKey | null;
  client: ClientRow | null;
  isOwnerActive: boolean | number;
  /** SQLite has numbers instead of truth values. */
  isRevoked: boolean | number;
}

export interface VerificationContext
  extends Pick<VerificationRow, "project" | "issuer" | "signingKey"> {
  /** Null: the project has no client that the token names. */
  client: VerifiedClientRow | null;
  isRevoked: boolean;
}

const SELECTION: Selection<VerificationRow> = {
  project: { entity: Project, only: PROJECT_COLUMNS },
  issuer: { entity: ProjectIssuer, only: ISSUER_COLUMNS },
  signingKey: VERIFICATION_KEY,
  client: { entity: Client, only: CLIENT_COLUMNS },
  isOwnerActive: { sql: ownerIsActive("client") },
  isRevoked: {
    sql: `EXISTS (SELECT 1 FROM revoked_tokens AS revoked
      WHERE revoked.project_id = project.project_id AND revoked.jti = $6)`,
  },
};

/**
 * $1 project, $2 location of the token's `iss`, $3 project by the path of `iss`, $4 `kid`, $5 client, $6 `jti`.
 * @param joins further ones, with the parameters from $7 on
 */
const from = (joins: string) => `
  FROM projects AS project
  LEFT JOIN project_issuers AS issuer ON issuer.location = $2
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".kid = $4 AND "signingKey".project_id = project.project_id
    AND "signingKey".status <> 'REVOKED'
  LEFT JOIN clients AS client
    ON client.project_id = project.project_id AND client.client_id = $5
  ${joins}
  WHERE project.project_id =
    COALESCE($1, ${projectOfIssuer({ location: "$2", projectId: "$3" })})`;

/** Joins the API that a token is for; $7 is the token's audience. */
export const API_OF_TOKEN = `
  LEFT JOIN apis AS api ON api.project_id = project.project_id AND api.identifier = $7`;

/** What a caller reads together with a verification context. */
export interface FurtherRows<Row> {
  selection: Selection<Row>;
  joins: string;
}

export const NO_FURTHER_ROWS: FurtherRows<object> = { selection: {}, joins: "" };

/**
 * Reads everything that the verification of an access token depends on in one query. It caches nothing, so that a
 * change made through any process applies to the next verification (ADR 0010).
 */
export class VerificationContextLoader<Further extends object = object> {
  readonly #read: PreparedRead<VerificationRow & Further>;

  /** @param name name of the prepared statement */
  constructor(
    name: string,
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
    { selection, joins }: FurtherRows<Further>,
  ) {
    const all = { ...SELECTION, ...selection } as Selection<VerificationRow & Further>;
    this.#read = new PreparedRead(name, unitOfWork.read.dataSource, all, from(joins));
  }

  /**
   * @param projectId project that must have issued the token; null: the one that the token names
   * @param token null: a text that is no access token, whose context has none of its rows
   * @param further parameters of the further joins
   * @returns null if the project does not exist
   */
  async load(
    projectId: string | null,
    token: UnverifiedAccessToken | null,
    ...further: (string | null)[]
  ): Promise<(VerificationContext & Further) | null> {
    const row = await this.#read.first(projectId, ...this.#parametersOf(token), ...further);
    return (
      row && {
        ...row,
        client: withUsability(row.client, row.isOwnerActive),
        isRevoked: Boolean(row.isRevoked),
      }
    );
  }

  #parametersOf(token: UnverifiedAccessToken | null): (string | null)[] {
    if (!token) return [null, null, null, null, null];
    const { iss, jti } = token.claims;
    const { location, projectId } = lookupOf(this.projects, typeof iss === "string" ? iss : "");
    return [
      location,
      projectId,
      token.kid ?? null,
      clientIdOf(token.claims) ?? null,
      typeof jti === "string" ? jti : null,
    ];
  }
}
