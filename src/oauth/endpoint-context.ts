import { Api } from "../apis/api.entity.js";
import { Client } from "../clients/client.entity.js";
import { JOINED_SECRETS, type JoinedSecrets, joinSecrets } from "../clients/joined-secrets.js";
import { ownerIsActive } from "../clients/usable-client.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { MANAGEMENT_KEY, type ManagementKeyRow } from "../projects/management-key-authenticator.js";
import type { ProjectStore } from "../projects/project-store.js";
import { audienceOf } from "../tokens/access-token-claims.js";
import type { UnverifiedAccessToken } from "../tokens/unverified-access-token.js";
import {
  API_OF_TOKEN,
  type FurtherRows,
  type VerificationContext,
  VerificationContextLoader,
} from "../tokens/verification-context.js";

const API_COLUMNS = ["apiId", "introspectionClientId"] as const satisfies (keyof Api)[];
const CALLER_COLUMNS = [
  "projectId",
  "clientId",
  "status",
  "expiresAt",
  "ownerType",
  "ownerId",
  "lastUsedAt",
  "tokenEndpointAuthMethod",
  "publicKeys",
  "jwksUrl",
] as const satisfies (keyof Client)[];

/** The rows of the caller, and of the API that the token is for. */
interface CallerRows extends JoinedSecrets {
  /** Null: the token is for no API. */
  api: Pick<Api, (typeof API_COLUMNS)[number]> | null;
  /** Null: the caller is no management key of the project. */
  managementKey: ManagementKeyRow | null;
  /** Null: the caller is no client of the project. */
  caller: Pick<Client, (typeof CALLER_COLUMNS)[number]> | null;
  isCallersOwnerActive: boolean | number;
}

export type EndpointContext = VerificationContext & CallerRows;

/** $7 audience of the token, $8 and $9 hashes of a management secret, $10 client id of the caller. */
const CALLER_ROWS: FurtherRows<CallerRows> = {
  selection: {
    api: { entity: Api, only: API_COLUMNS },
    managementKey: MANAGEMENT_KEY,
    caller: { entity: Client, only: CALLER_COLUMNS },
    isCallersOwnerActive: { sql: ownerIsActive("caller") },
    ...JOINED_SECRETS,
  },
  joins: `${API_OF_TOKEN}
    LEFT JOIN management_keys AS "managementKey"
      ON "managementKey".project_id = project.project_id
      AND "managementKey".secret_hash IN ($8, $9)
    LEFT JOIN clients AS caller
      ON caller.project_id = project.project_id AND caller.client_id = $10
    ${joinSecrets("caller")}`,
};

/** Who the caller says that it is: a management key with one of these hashes, or a client. */
export interface CallerClaim {
  secretHashes?: readonly string[];
  clientId?: string;
}

/**
 * Reads everything that introspection or revocation of a token depends on in one query: the caller, the token and
 * whether the one may see the other (ADR 0010).
 */
export class EndpointContextLoader {
  readonly #contexts: VerificationContextLoader<CallerRows>;

  constructor(unitOfWork: UnitOfWork, projects: ProjectStore) {
    this.#contexts = new VerificationContextLoader(
      "token-endpoint-caller",
      unitOfWork,
      projects,
      CALLER_ROWS,
    );
  }

  /**
   * @param token null: what the caller asks about is no access token
   * @returns null if the project does not exist
   */
  async load(
    projectId: string,
    token: UnverifiedAccessToken | null,
    { secretHashes = [], clientId }: CallerClaim,
  ): Promise<EndpointContext | null> {
    const audience = token && audienceOf(token.claims);
    const [hash = null, otherHash = null] = secretHashes;
    return this.#contexts.load(projectId, token, audience, hash, otherHash, clientId ?? null);
  }
}
