import { harmless } from "../shared/hook.js";
import { coversScopes } from "../verify/scopes.js";
import { refused, TokenRefused } from "../verify/token-refused.js";
import type { VerifiedAccessToken, VerifiedSession, Verifier } from "../verify/verified.js";
import { challenge, errorOf } from "./challenge.js";
import { type Credentials, readCredentials, schemeOf } from "./credentials.js";
import type { HttpRequest } from "./http-request.js";
import {
  type AccessTokenRequirement,
  checkAccessTokenRequirement,
  checkSessionRequirement,
  httpUrl,
  nextNonce,
  type TokenRequirement,
} from "./requirement.js";

/** What the token of a request has shown. Both are absent where a token is optional. */
export interface Authenticated {
  accessToken?: VerifiedAccessToken;
  memberSession?: VerifiedSession;
}

/** An answer in place of the route's own. */
export interface RefusalAnswer {
  status: number;
  headers: Record<string, string>;
  body: { error: string; error_description: string };
}

/** One of both is set. */
export type Authorization =
  | { authenticated: Authenticated; answer?: never }
  | { authenticated?: never; answer: RefusalAnswer };

export type Authenticate = (request: HttpRequest) => Promise<Authenticated>;

const RETRY_AFTER_SECONDS = 5;

/** Of each request: a DPoP proof is good for one verification, however many routes require a token. */
const verifications = new WeakMap<object, Map<Verifier, Promise<VerifiedAccessToken>>>();

/**
 * @returns a function that verifies the access token of a request, and throws a TokenRefused
 * @throws TypeError for options that are not usable
 */
export function accessTokenAuthentication(
  requirement: AccessTokenRequirement<never>,
): Authenticate {
  checkAccessTokenRequirement(requirement);
  const { verifier, scopes = [], optional = false, sessions = false, publicUrl } = requirement;
  return async (request) => {
    const credentials = readCredentials(request);
    if (!credentials) return withoutCredentials(optional);
    try {
      const accessToken = await verifyOnce(verifier, credentials, request, publicUrl);
      if (!coversScopes(accessToken.scopes, scopes)) throw refused("SCOPE");
      return { accessToken };
    } catch (error) {
      if (!sessions || !(error instanceof TokenRefused) || error.code !== "SESSION") throw error;
      return { memberSession: await verifySession(verifier, credentials) };
    }
  };
}

/** As `accessTokenAuthentication`, for session JWTs. */
export function sessionAuthentication(requirement: TokenRequirement): Authenticate {
  checkSessionRequirement(requirement);
  const { verifier, optional = false } = requirement;
  return async (request) => {
    const credentials = readCredentials(request);
    if (!credentials) return withoutCredentials(optional);
    return { memberSession: await verifySession(verifier, credentials) };
  };
}

/** @returns a function that rejects only for what is no answer to a token */
export function authorization(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<never>,
): (request: HttpRequest) => Promise<Authorization> {
  const { verifier, scopes = [], resourceMetadata, dpopNonce } = requirement;
  const onRefusal = harmless(requirement.onRefusal);
  return async (request) => {
    try {
      return { authenticated: await authenticate(request) };
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      onRefusal(error);
      const scheme = schemeOf(request);
      const parameters = { realm: verifier.audience, scopes, resourceMetadata };
      const headers = {
        "cache-control": "no-store",
        ...(error.status === 503
          ? { "retry-after": String(RETRY_AFTER_SECONDS) }
          : { "www-authenticate": challenge(error, scheme, parameters) }),
        ...(error.code === "PROOF_NONCE" &&
          dpopNonce && { "dpop-nonce": await nextNonce(dpopNonce) }),
      };
      const body = { error: errorOf(error, scheme), error_description: error.message };
      return { answer: { status: error.status, headers, body } };
    }
  };
}

function withoutCredentials(optional: boolean): Authenticated {
  if (!optional) throw refused("MISSING");
  return {};
}

/** A session JWT is not bound to a key. */
async function verifySession(verifier: Verifier, { scheme, token }: Credentials) {
  if (scheme === "DPoP") throw refused("NOT_BOUND");
  return verifier.verifySession(token);
}

function verifyOnce(
  verifier: Verifier,
  credentials: Credentials,
  request: HttpRequest,
  publicUrl: string | undefined,
): Promise<VerifiedAccessToken> {
  const ofRequest = verifications.get(request.identity) ?? new Map();
  verifications.set(request.identity, ofRequest);
  const verified =
    ofRequest.get(verifier) ?? verifyAccessToken(verifier, credentials, request, publicUrl);
  ofRequest.set(verifier, verified);
  return verified;
}

async function verifyAccessToken(
  verifier: Verifier,
  { scheme, token, proof }: Credentials,
  { method: httpMethod, origin, target, clientCertificate }: HttpRequest,
  publicUrl: string | undefined,
): Promise<VerifiedAccessToken> {
  const certificate = clientCertificate !== undefined && { clientCertificate };
  if (scheme === "Bearer") return verifier.verifyAccessToken(token, { proof: { ...certificate } });
  // Behind the origin, a target in absolute form (RFC 9112 section 3.2.2) would make another host of it.
  if (proof === undefined || !target.startsWith("/")) return refuseWithoutProof(verifier, token);
  const base = publicUrl === undefined ? origin : httpUrl(publicUrl, "publicUrl").href;
  const url = base.replace(/\/$/, "") + target;
  return verifier.verifyAccessToken(token, {
    proof: { ...certificate, dpop: { proof, httpMethod, url } },
  });
}

/** As at the server, the token's own faults come before the missing proof. */
async function refuseWithoutProof(verifier: Verifier, token: string): Promise<never> {
  try {
    await verifier.verifyAccessToken(token);
  } catch (error) {
    if (!(error instanceof TokenRefused) || error.code !== "BOUND") throw error;
  }
  throw refused("PROOF");
}
