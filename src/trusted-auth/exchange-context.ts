import { Organization } from "../organizations/organization.entity.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import type { CurrentSigningKey } from "../signing-keys/signing-key.service.js";
import { TrustedAuthProfile } from "./profile.entity.js";

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

/** The rows that an exchange depends on before its token is verified. */
export interface ExchangeContext {
  project: Pick<Project, (typeof PROJECT_COLUMNS)[number]>;
  /** Null: the project has no such profile. */
  profile: TrustedAuthProfile | null;
  /** The profile's organization, or the project's default one if the profile is for any; null: there is none. */
  organization: Organization | null;
  /** The current key of the algorithm that signs, see `currentSigningAlgorithm`. */
  signingKey: CurrentSigningKey | null;
}

/** $1 project, $2 profile. */
const FROM = `
  FROM projects AS project
  LEFT JOIN trusted_auth_profiles AS profile
    ON profile.project_id = project.project_id AND profile.profile_id = $2
  LEFT JOIN organizations AS organization
    ON organization.project_id = project.project_id
    AND organization.organization_id = COALESCE(profile.organization_id, (
      SELECT organization_id FROM organizations WHERE default_of_project = project.project_id))
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".project_id = project.project_id
    AND "signingKey".algorithm =
      COALESCE(project.former_signing_algorithm, project.signing_algorithm)
    AND "signingKey".status = 'CURRENT'
  WHERE project.project_id = $1`;

/** Reads what an exchange depends on in one query, and keeps nothing of it (ADR 0010). */
export class ExchangeContextLoader {
  readonly #read: PreparedRead<ExchangeContext>;

  constructor(unitOfWork: UnitOfWork) {
    this.#read = new PreparedRead<ExchangeContext>(
      "exchange-context",
      unitOfWork.read.dataSource,
      {
        project: { entity: Project, only: PROJECT_COLUMNS },
        profile: { entity: TrustedAuthProfile },
        organization: { entity: Organization },
        signingKey: { entity: SigningKey, only: SIGNING_KEY_COLUMNS },
      },
      FROM,
    );
  }

  /** @returns null if the project does not exist */
  async load(projectId: string, profileId: string): Promise<ExchangeContext | null> {
    if (!isWellFormedText(projectId) || !isWellFormedText(profileId)) return null;
    return this.#read.first(projectId, profileId);
  }
}
