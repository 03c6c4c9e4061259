import { Member } from "../organizations/member.entity.js";
import { Organization } from "../organizations/organization.entity.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { ProjectIssuer } from "../projects/project-issuer.entity.js";
import { lookupOf, projectOfIssuer } from "../projects/project-of-issuer.js";
import type { ProjectStore } from "../projects/project-store.js";
import { hashSecret } from "../shared/secrets.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import type { CurrentSigningKey } from "../signing-keys/signing-key.service.js";
import { Session } from "./session.entity.js";
import type { UnverifiedSessionJwt } from "./unverified-session-jwt.js";

const PROJECT_COLUMNS = [
  "projectId",
  "issuer",
  "sessionTokenProfile",
  "sessionClaimsTemplate",
  "signingAlgorithm",
  "formerSigningAlgorithm",
  "maximumSessionDurationMinutes",
  "maximumSessionAgeMinutes",
] as const satisfies (keyof Project)[];
const SIGNING_KEY_COLUMNS = [
  "kid",
  "algorithm",
  "longestLifetimeSeconds",
] as const satisfies (keyof SigningKey)[];
const VERIFICATION_KEY_COLUMNS = [
  "kid",
  "algorithm",
  "publicJwk",
] as const satisfies (keyof SigningKey)[];
const ISSUER_COLUMNS = [
  "location",
  "projectId",
  "endsAt",
] as const satisfies (keyof ProjectIssuer)[];

/** The rows that a session depends on, as they are in the database now. */
export interface SessionContext {
  session: Session;
  member: Member;
  organization: Organization;
  project: Pick<Project, (typeof PROJECT_COLUMNS)[number]>;
  /** The key that signs the project's session JWTs. */
  signingKey: CurrentSigningKey | null;
}

/** What verifies the JWT that names the session. */
export interface SessionJwtContext extends SessionContext {
  /** The unrevoked key of the project that the JWT names. */
  verificationKey: Pick<SigningKey, (typeof VERIFICATION_KEY_COLUMNS)[number]>;
  /** The issuer at the location of the JWT's; null: no project has, or had, one of its own there. */
  issuer: Pick<ProjectIssuer, (typeof ISSUER_COLUMNS)[number]> | null;
}

const SELECTION = {
  session: { entity: Session },
  member: { entity: Member },
  organization: { entity: Organization },
  project: { entity: Project, only: PROJECT_COLUMNS },
  signingKey: { entity: SigningKey, only: SIGNING_KEY_COLUMNS },
};

const FROM_PROJECT = `
  FROM projects AS project
  JOIN sessions AS session ON session.project_id = project.project_id
  JOIN members AS member
    ON member.project_id = session.project_id AND member.member_id = session.member_id
  JOIN organizations AS organization
    ON organization.project_id = session.project_id
    AND organization.organization_id = session.organization_id
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".project_id = project.project_id
    AND "signingKey".algorithm =
      COALESCE(project.former_signing_algorithm, project.signing_algorithm)
    AND "signingKey".status = 'CURRENT'`;

/** $1 hash of the token. */
const OF_TOKEN = `${FROM_PROJECT} WHERE session.token_hash = $1`;

/** $1 project, $2 location and $3 project of the JWT's issuer, $4 session, $5 kid. */
const OF_JWT = `${FROM_PROJECT}
  JOIN signing_keys AS "verificationKey"
    ON "verificationKey".kid = $5 AND "verificationKey".project_id = project.project_id
    AND "verificationKey".status <> 'REVOKED'
  LEFT JOIN project_issuers AS issuer ON issuer.location = $2
  WHERE session.session_id = $4
    AND project.project_id = COALESCE($1, ${projectOfIssuer({ location: "$2", projectId: "$3" })})`;

/** Reads everything that a session depends on in one query, and caches nothing (ADR 0052). */
export class SessionContextLoader {
  readonly #ofToken: PreparedRead<SessionContext>;
  readonly #ofJwt: PreparedRead<SessionJwtContext>;

  constructor(
    { read: { dataSource } }: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {
    this.#ofToken = new PreparedRead<SessionContext>(
      "session-of-token",
      dataSource,
      SELECTION,
      OF_TOKEN,
    );
    this.#ofJwt = new PreparedRead<SessionJwtContext>(
      "session-of-jwt",
      dataSource,
      {
        ...SELECTION,
        verificationKey: { entity: SigningKey, only: VERIFICATION_KEY_COLUMNS },
        issuer: { entity: ProjectIssuer, only: ISSUER_COLUMNS },
      },
      OF_JWT,
    );
  }

  /** @returns null if there is no such session; it may have ended */
  async ofToken(sessionToken: string): Promise<SessionContext | null> {
    return this.#ofToken.first(hashSecret(sessionToken));
  }

  /**
   * @param projectId null: the project that the JWT names as its issuer
   * @returns null if there is no such session or no such key; the session may have ended
   */
  async ofJwt(
    projectId: string | null,
    { iss, kid, session }: UnverifiedSessionJwt,
  ): Promise<SessionJwtContext | null> {
    const issuer = lookupOf(this.projects, iss);
    return this.#ofJwt.first(projectId, issuer.location, issuer.projectId, session.id, kid);
  }
}
