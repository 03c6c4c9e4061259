import { Organization } from "../organizations/organization.entity.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import {
  JOIN_SESSION_KEY,
  SESSION_PROJECT,
  type SessionProject,
} from "../sessions/session-project.js";
import { CURRENT_KEY, type CurrentSigningKey } from "../signing-keys/joined-keys.js";
import { TrustedAuthProfile } from "./profile.entity.js";

/** The rows that an exchange depends on before its token is verified. */
export interface ExchangeContext {
  project: SessionProject;
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
  ${JOIN_SESSION_KEY}
  WHERE project.project_id = $1`;

/** Reads what an exchange depends on in one query, and keeps nothing of it (ADR 0010). */
export class ExchangeContextLoader {
  readonly #read: PreparedRead<ExchangeContext>;

  constructor(unitOfWork: UnitOfWork) {
    this.#read = new PreparedRead<ExchangeContext>(
      "exchange-context",
      unitOfWork.read.dataSource,
      {
        project: SESSION_PROJECT,
        profile: { entity: TrustedAuthProfile },
        organization: { entity: Organization },
        signingKey: CURRENT_KEY,
      },
      FROM,
    );
  }

  /** @returns null if the project does not exist */
  async load(projectId: string, profileId: string): Promise<ExchangeContext | null> {
    return this.#read.first(projectId, profileId);
  }
}
