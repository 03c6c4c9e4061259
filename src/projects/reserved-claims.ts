/** Claims that this server sets itself, and registered ones that say who, when and how. */
const RESERVED_IN_EVERY_TOKEN = [
  "iss sub aud exp nbf iat jti scope client_id azp gty cnf act may_act typ",
  "auth_time acr amr nonce at_hash c_hash sid authorization_details",
  "session organization member_id organization_id project_id",
  // They change an object where a program copies claims carelessly.
  "__proto__ constructor prototype",
];

/** Claims that frameworks read as scopes or roles. A session has its roles from its member alone. */
const RESERVED_IN_SESSIONS =
  "roles role groups entitlements scp authorities permissions realm_access resource_access";

/** Begins the claims of Stytch's session JWTs. */
export const STYTCH_CLAIMS = "https://stytch.com/";

const RIGHTS: ReadonlySet<string> = new Set(
  `${RESERVED_IN_SESSIONS} group permission scope scopes`.split(" "),
);

/**
 * Whether a claim or a member of one is read as rights, also with other words before it:
 * `http://schemas.microsoft.com/ws/2008/06/identity/claims/role`, `cognito:groups`, `userRoles`. Hasura reads all of its
 * claims so.
 */
export function namesRights(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
  const isNamed = [1, 2].some((count) => RIGHTS.has(words.slice(-count).join("_")));
  return isNamed || words.includes("hasura");
}

/** Claims that neither a template nor custom claims may set. */
export class ReservedClaims {
  readonly #names: ReadonlySet<string>;

  constructor(...names: string[]) {
    this.#names = new Set(names.flatMap((list) => list.split(" ")));
  }

  toString(): string {
    return `${[...this.#names].join(", ")} and what begins with ${STYTCH_CLAIMS}`;
  }

  /** Compares as the most careless reader of tokens does: without case and surrounding white space. */
  has(name: string): boolean {
    const compared = name.trim().toLowerCase();
    return this.#names.has(compared) || compared.startsWith(STYTCH_CLAIMS);
  }
}

export function hasOuterSpace(name: string): boolean {
  return name !== name.trim();
}

export const OUTER_SPACE = "The name of a claim must not begin or end with white space";

export const ACCESS_TOKEN_RESERVED_CLAIMS = new ReservedClaims(...RESERVED_IN_EVERY_TOKEN);
export const SESSION_RESERVED_CLAIMS = new ReservedClaims(
  ...RESERVED_IN_EVERY_TOKEN,
  RESERVED_IN_SESSIONS,
);
