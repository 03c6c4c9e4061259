import type { Audience, DefaultAudience, RegisteredAudience, Scope } from "../register.js";
import type { SecretSource } from "../shared/secret-source.js";
import type { DpopKeyPair } from "./dpop.js";
import type { AccessToken } from "./held-token.js";
import type { KeyMaterial } from "./keys.js";
import type { TokenStore } from "./token-store.js";

/** A private key whose public half the server knows. The algorithm follows from the key unless it is named. */
export type ClientKey = KeyMaterial | DescribedKey;

export interface DescribedKey {
  key: KeyMaterial;
  /** Default: that of the JWK, or none. */
  kid?: string;
  /** of RFC 7518, such as `PS256` */
  algorithm?: string;
}

/** Whom a token is for, and what it allows. What is left out is the source's own. */
export interface TokenRequest<A extends Audience = Audience> {
  /** The API's identifier. Sent as `audience`, which Auth0 also reads. Absent: the project itself. */
  audience?: A | undefined;
  /** Default: those that the server grants to a request that names none. */
  scopes?: readonly Scope<A>[] | undefined;
}

export interface GetTokenOptions<A extends Audience = Audience> extends TokenRequest<A> {
  /** Ends the waiting. A request that others may wait for goes on. */
  signal?: AbortSignal | null | undefined;
  /** An access token that an API has refused as `invalid_token`: gets another one, once in ten seconds. */
  refusedToken?: string | undefined;
}

/**
 * A client is authenticated by `clientSecret` or `privateKey`, or identified by `workloadToken`, which either of them
 * may accompany.
 */
export interface TokenSourceOptions<A extends Audience = DefaultAudience> extends TokenRequest<A> {
  /** URL of the project's issuer, which the server prints when it starts: `iss` of its tokens. */
  issuer: string;
  /** May be absent where the workload token alone tells the client. */
  clientId?: string;
  /** What `createClient` has shown once, or a function for secrets that rotate, such as `secretFile`. */
  /** Of several, the next one is tried when one is refused with `invalid_client`. */
  clientSecret?: SecretSource;
  /** How the secret is sent (RFC 6749 section 2.3.1). Default: `client_secret_basic`. */
  clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /**
   * Signs a new assertion for each attempt (`private_key_jwt`, RFC 7523 section 2.2). A function may answer with another
   * key after a rotation.
   */
  privateKey?: ClientKey | (() => ClientKey | Promise<ClientKey>);
  /** The JWT that a platform gives to a workload. Called for each attempt. One source is for one workload. */
  workloadToken?: () => string | Promise<string>;
  /**
   * The parameter that carries it: `assertion` of the grant of RFC 7523 section 2.1, `subject_token` of token exchange
   * (RFC 8693), or `client_assertion` at servers that authenticate clients by it (RFC 7523 section 2.2). Default:
   * `assertion`.
   */
  workloadTokenAs?: "assertion" | "subject_token" | "client_assertion";
  /** Further parameters of the token request, such as those that a claims template names. */
  parameters?: Readonly<Record<string, string>>;
  /** Binds tokens to a key (RFC 9449): one that the source makes and never shows, or yours. */
  dpop?: boolean | { keyPair: DpopKeyPair };
  /** Keeps tokens beyond this process, for functions that start often. It holds credentials. */
  store?: TokenStore;
  /** Default: `/oauth/token` below the issuer. */
  tokenEndpoint?: string;
  /**
   * Origins to which `fetch` may send a token, such as `["https://api.example.com"]`. Default: the origin of each URL that
   * it is called with.
   */
  allowedOrigins?: readonly string[] | ((origin: string) => boolean);
  /** Whether secrets and tokens are also sent over http beyond this machine. Default: false. */
  allowInsecureHttp?: boolean;
  /** How long an attempt may last. Default: 10. */
  timeoutSeconds?: number;
  /** While there is no valid token, attempts begin within so many seconds. Default: 30. */
  retrySeconds?: number;
  /** Told why a token was not renewed in the background. The current one is still valid. */
  onRenewalFailure?: (error: unknown) => void;
  /** Given each token request, for runtimes that end such work with the request that has begun it. */
  waitUntil?: (request: Promise<unknown>) => void;
  /** Default: `globalThis.fetch` at the time of the call. */
  fetch?: typeof globalThis.fetch;
}

export interface TokenSource<A extends Audience = Audience> {
  /**
   * A token that is valid for some seconds at least.
   * @throws TokenRequestError when there is none and the server gives none; what `clientSecret`, `privateKey` or
   *   `workloadToken` throw; the reason of an aborted signal
   */
  getToken<B extends Audience = A>(options?: GetTokenOptions<B>): Promise<AccessToken>;
  /**
   * `fetch` with the token in `Authorization`, and a proof in `DPoP` where tokens are bound. A token that the API
   * refuses as `invalid_token` is replaced once if the body can be sent again.
   * @throws TypeError where the token may not be sent; what `getToken` and `fetch` throw
   */
  fetch: typeof globalThis.fetch;
  /** The same source with other defaults, for a second API. */
  for<B extends Audience = A>(request: TokenRequest<B>): TokenSource<RegisteredAudience<B>>;
}
