import type { Audience, Scope } from "../register.js";
import { assertOptionNames } from "../shared/option-names.js";
import { assertScopeList, NQCHARS } from "../shared/scope-list.js";
import type { TokenRefused } from "../verify/token-refused.js";
import type { Verifier } from "../verify/verified.js";

/** What a route requires of a request. */
export interface TokenRequirement {
  /** One verifier for the whole application: it keeps the keys, and the proofs that have been used. */
  verifier: Verifier;
  /** Whether a request without any token passes as well. One with a token that is refused does not. Default: false. */
  optional?: boolean;
  /**
   * URL at which clients reach this application's root, such as `https://api.example.com`. DPoP proofs are compared with
   * it. Default: what the framework makes of the connection, and of proxies that it has been told to trust.
   */
  publicUrl?: string;
  /**
   * A nonce of yours for the next DPoP proof (RFC 9449 section 9), for answers to proofs that the verifier's
   * `dpop.verifyNonce` refuses. Printable ASCII without quotes.
   */
  dpopNonce?: () => string | Promise<string>;
  /** URL of the API's metadata, for challenges (RFC 9728 section 5.1): `protectedResourceMetadata(…).url`. */
  resourceMetadata?: string;
  /** For logs and metrics: a request is refused. `code` says which check has failed. */
  onRefusal?: (refusal: TokenRefused) => void;
}

/** @typeParam Request of the framework */
export interface AccessTokenRequirement<Request, A extends Audience = Audience>
  extends TokenRequirement {
  verifier: Verifier<A>;
  /** All of these are required of an access token. A wildcard covers them as it does at the server. */
  scopes?: readonly Scope<A>[];
  /**
   * Whether a member's session JWT is accepted in place of an access token. It has no scopes, and none are required of
   * it. Default: false.
   */
  sessions?: boolean;
  /**
   * The certificate of the client's connection, DER or PEM, for tokens that are bound to one (RFC 8705). Behind a proxy
   * that ends TLS, read it from a header that the proxy sets and never passes on.
   */
  clientCertificate?(request: Request): Uint8Array | string | undefined;
}

const NAMES = ["verifier", "optional", "publicUrl", "dpopNonce", "resourceMetadata", "onRefusal"];
const ACCESS_TOKEN_NAMES = [...NAMES, "scopes", "sessions", "clientCertificate"];

/** @throws TypeError for options of `requireAccessToken` that cannot work */
export function checkAccessTokenRequirement(requirement: AccessTokenRequirement<never>): void {
  assertOptionNames(requirement, ACCESS_TOKEN_NAMES);
  assertScopeList(requirement.scopes ?? []);
  checkUsable(requirement);
}

/** @throws TypeError for options of `requireSession` that cannot work */
export function checkSessionRequirement(requirement: TokenRequirement): void {
  assertOptionNames(requirement, NAMES);
  checkUsable(requirement);
}

function checkUsable({ verifier, publicUrl, resourceMetadata }: TokenRequirement): void {
  if (!verifier?.verifyAccessToken) {
    throw new TypeError("Give the `verifier` that createVerifier of @countersign/sdk/verify makes");
  }
  if (publicUrl !== undefined && httpUrl(publicUrl, "publicUrl").search) {
    throw new TypeError("publicUrl must have no query");
  }
  if (resourceMetadata !== undefined) httpUrl(resourceMetadata, "resourceMetadata");
}

/** @throws TypeError for what no header may have */
export async function nextNonce(dpopNonce: () => string | Promise<string>): Promise<string> {
  const nonce = await dpopNonce();
  if (!NQCHARS.test(nonce)) throw new TypeError("A nonce is printable ASCII without quotes");
  return nonce;
}

/** @throws TypeError unless the text is an http or https URL without credentials and fragment */
export function httpUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || text.includes("#")) {
    throw new TypeError(`${name} must be an http or https URL without a fragment`);
  }
  return url;
}
