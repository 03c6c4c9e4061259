import type { JWK } from "jose";
import type { TokenProfile } from "../verify/access-token.js";
import type { SigningAlgorithm } from "../verify/signed-jwt.js";
import type { TestFaults } from "./faults.js";

/**
 * What a test issuer is made of. All of it but a clock of your own is JSON, so it can be in a file.
 *
 * @example
 * const setup: TestIssuerSetup = {
 *   scopes: ["orders:read", "orders:write"],
 *   clients: [{ clientId: "shop", clientSecret: "only-for-tests", scopes: ["orders:read"] }],
 * };
 */
export interface TestIssuerSetup {
  /**
   * `iss` of the tokens: https, or http on localhost. Default: `https://issuer.test`, and after `listen` the address that
   * it listens on.
   */
  issuer?: string;
  /** Default: `project-test`. It is the audience of tokens that are for no API. */
  projectId?: string;
  /** The scopes of one API: the short form of `apis`. */
  scopes?: readonly string[];
  /** The identifier of that API. Default: `https://api.test`. */
  audience?: string;
  apis?: readonly TestApi[];
  clients?: readonly TestClient[];
  /** The template of the claims in access tokens. */
  claimsTemplate?: string;
  /** The template of the claims in session JWTs. */
  sessionClaimsTemplate?: string;
  /** The identifier of the API that requests without an audience are for. Default: the project itself. */
  defaultAudience?: string;
  /** Of tokens for no API, and of errors. Default: `DEFAULT`. */
  tokenProfile?: TokenProfile;
  /** Default: `DEFAULT`. */
  sessionTokenProfile?: "DEFAULT" | "STYTCH";
  /** Default: `RS256`. */
  signingAlgorithm?: SigningAlgorithm;
  /** Default: 3600. */
  accessTokenLifetimeSeconds?: number;
  /** Default: 86400. */
  maximumAccessTokenLifetimeSeconds?: number;
  /** The client that introspects tokens for no API. */
  introspectionClientId?: string;
  /**
   * Private keys to sign with, each with `alg`, so that they outlive the process. Default: generated; of RSA keys, which take
   * long to generate, the issuers of a process share some.
   */
  signingKeys?: readonly JWK[];
  /** A time, such as `2030-01-01T00:00:00Z`, at which the clock stands still. Default: the computer's clock. */
  clock?: Date | string | { now(): Date };
  faults?: TestFaults;
}

/** A resource server: an audience, its scopes and the settings of its tokens. */
export interface TestApi {
  /** `aud` of its tokens. */
  identifier: string;
  /** Default: the identifier. */
  name?: string;
  scopes?: readonly string[];
  /** Default: `DEFAULT`. */
  tokenProfile?: TokenProfile;
  /** Default: the issuer's. */
  signingAlgorithm?: SigningAlgorithm;
  /** Default: the issuer's. */
  accessTokenLifetimeSeconds?: number;
  /** Whether a request without `scope` gets all granted scopes. Default: true. */
  allowOmittedScope?: boolean;
  /** Whether `AUTH0` tokens repeat the scopes as `permissions`. Default: false. */
  permissionsClaim?: boolean;
  /** The client that the API authenticates as to introspect its tokens. */
  introspectionClientId?: string;
}

/** The scopes that a client has on an API. */
export interface TestGrant {
  /** The API's identifier. */
  audience: string;
  scopes?: readonly string[];
  /** Whether the client has all scopes of the API. */
  allScopes?: boolean;
  accessTokenLifetimeSeconds?: number;
}

export interface TestClient {
  /** Default: generated. */
  clientId?: string;
  /** At least 10 characters, and only beside a `clientId`. Default: generated. */
  clientSecret?: string;
  name?: string;
  /** On the issuer's only API; without APIs, for tokens whose audience is the project. */
  scopes?: readonly string[];
  /** On several APIs, in place of `scopes`. */
  grants?: readonly TestGrant[];
  /** For tokens whose audience is the project. */
  projectScopes?: readonly string[];
  /** What claims templates name as `client.trusted_metadata`. */
  trustedMetadata?: Readonly<Record<string, unknown>>;
  /** Your own id of whom the client belongs to. */
  owner?: string;
  status?: "ACTIVE" | "INACTIVE";
  /** Date or ISO 8601: from then on it gets no tokens. */
  expiresAt?: Date | string;
  /** Date or ISO 8601: from then on its secret is refused. */
  secretExpiresAt?: Date | string;
  accessTokenLifetimeSeconds?: number;
  /** An empty list: the client may not use the client credentials grant. */
  grantTypes?: readonly "CLIENT_CREDENTIALS"[];
  tokenEndpointAuthMethod?: "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST" | "PRIVATE_KEY_JWT";
  /** Public keys for `PRIVATE_KEY_JWT`. */
  publicKeys?: readonly JWK[];
  /** Whether it gets tokens only with a DPoP proof. */
  dpopBoundAccessTokens?: boolean;
}

/** What may change of a client. */
export type TestClientChange = Partial<
  Pick<TestClient, "scopes" | "grants" | "projectScopes" | "status" | "trustedMetadata">
> & {
  /** Null: it does not expire. */
  expiresAt?: Date | string | null;
};
