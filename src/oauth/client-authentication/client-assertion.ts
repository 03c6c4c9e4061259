import { errors, type JWTPayload, jwtVerify } from "jose";
import { invalidClient } from "../../clients/authentication-failure.js";
import {
  type ClientToAuthenticate,
  type LoadedClient,
} from "../../clients/client-authenticator.js";
import { NoMatchingKey } from "../../key-sets/key-set.js";
import { KeySetUnavailable } from "../../key-sets/key-set-unavailable.js";
import type { KeySources } from "../../key-sets/key-sources.js";
import type { ProjectStore } from "../../projects/project-store.js";
import { type Clock, epochSeconds } from "../../shared/clock.js";
import {
  CountersignError,
  type CountersignErrorOptions,
  type TrustedAuthTokenReason,
} from "../../shared/errors.js";
import { toJwtFailure } from "../../shared/jwt-failure.js";
import {
  MalformedJwt,
  parseUnverifiedJwt,
  type UnverifiedJwt,
} from "../../shared/unverified-jwt.js";
import type { AuthenticationRequest } from "./client-authentication-method.js";

/** Asymmetric algorithms only. EdDSA and Ed25519 name the same one (RFC 9864 section 2.2). */
export const CLIENT_ASSERTION_ALGORITHMS = [
  "RS256",
  "RS384",
  "PS256",
  "ES256",
  "ES384",
  "EdDSA",
  "Ed25519",
];

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** zitadel/oidc and Authlib sign assertions for an hour. */
const MAX_LIFETIME_SECONDS = 86_400;
export const CLOCK_TOLERANCE_SECONDS = 10;
const MAX_ASSERTION_LENGTH = 8192;

export interface AssertionServices {
  projects: ProjectStore;
  keySources: KeySources;
  clock: Clock;
}

/** A client assertion whose signature is not verified yet. */
export interface ClientAssertion extends UnverifiedJwt {
  text: string;
  /** The client that it names. */
  clientId: string;
}

/** What single use needs to know of a verified assertion. */
export interface VerifiedAssertion {
  exp: number;
  /** Absent: the client leaves it out, as RFC 7523 section 3 allows. */
  jti: string | undefined;
}

/** @throws INVALID_CLIENT */
export function parseClientAssertion({
  parameters,
}: Pick<AuthenticationRequest, "parameters">): ClientAssertion {
  if (parameters.get("client_assertion_type") !== ASSERTION_TYPE) {
    throw invalidAssertion(refusal("MALFORMED"));
  }
  const text = parameters.get("client_assertion") ?? "";
  const unverified = parse(text);
  const { sub: clientId } = unverified.claims;
  if (typeof clientId !== "string") throw invalidAssertion(refusal("CLAIM_MISSING", "sub"));
  const bodyClientId = parameters.get("client_id");
  if (bodyClientId !== undefined && bodyClientId !== clientId) {
    throw invalidAssertion(refusal("CONDITION", "sub"));
  }
  return { ...unverified, text, clientId };
}

function parse(text: string): UnverifiedJwt {
  try {
    return parseUnverifiedJwt(text, MAX_ASSERTION_LENGTH);
  } catch (error) {
    if (!(error instanceof MalformedJwt)) throw error;
    throw invalidAssertion(toRefusal(error) ?? undefined);
  }
}

/** Verifies all but that the assertion is used once. @throws INVALID_CLIENT */
export async function verifyClientAssertion(
  services: AssertionServices,
  project: LoadedClient["project"],
  client: ClientToAuthenticate,
  assertion: ClientAssertion,
): Promise<VerifiedAssertion> {
  try {
    const payload = await verifySignature(services, client, assertion);
    return await checkClaims(services, project, payload);
  } catch (error) {
    const cause = error instanceof CountersignError ? error : toRefusal(error);
    // An unavailable database says nothing about the assertion.
    if (!cause) throw error;
    throw refusedClaim("ASSERTION_INVALID", client.clientId, cause);
  }
}

async function checkClaims(
  { projects, clock }: AssertionServices,
  project: LoadedClient["project"],
  payload: JWTPayload,
): Promise<VerifiedAssertion> {
  const now = epochSeconds(clock.now());
  const { exp = 0, iat, jti } = payload;
  // With several audiences, another audience could use the assertion here (CVE-2025-27370).
  const [audience, ...others] = [payload.aud ?? ""].flat();
  if (typeof audience !== "string" || others.length > 0) throw refusal("AUDIENCE", "aud");
  // Clients that have read the metadata of a former issuer name that one until it ends.
  if (!(await projects.isAudienceOf(project, audience))) {
    const near = audience.endsWith("/") ? audience.slice(0, -1) : `${audience}/`;
    const explanation = (await projects.isAudienceOf(project, near)) ? AUDIENCE_SLASH : undefined;
    throw refusal("AUDIENCE", "aud", { explanation });
  }
  if (exp - now > MAX_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) {
    throw refusal("CONDITION", "exp");
  }
  if (iat !== undefined && iat > now + CLOCK_TOLERANCE_SECONDS) {
    throw refusal("NOT_YET_VALID", "iat");
  }
  if (jti !== undefined && (typeof jti !== "string" || jti === "" || jti.length > 255)) {
    throw refusal("MALFORMED", "jti");
  }
  return { exp, jti };
}

/** Tries each of the client's matching keys: there are two while the client rotates its key. */
async function verifySignature(
  { keySources, clock }: AssertionServices,
  client: ClientToAuthenticate,
  { text, alg, kid }: ClientAssertion,
): Promise<JWTPayload> {
  if (typeof alg !== "string" || !CLIENT_ASSERTION_ALGORITHMS.includes(alg)) {
    throw refusal("ALGORITHM", "alg");
  }
  const source = { jwksUrl: client.jwksUrl, publicKeys: client.publicKeys ?? [] };
  const owner = `client ${client.projectId} ${client.clientId}`;
  for (const key of await keySources.candidates(owner, source, { alg, kid })) {
    try {
      const { payload } = await jwtVerify(text, key, {
        algorithms: CLIENT_ASSERTION_ALGORITHMS,
        issuer: client.clientId,
        subject: client.clientId,
        requiredClaims: ["aud", "exp"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: clock.now(),
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw refusal("SIGNATURE");
}

/** Why an assertion is refused. As the cause of INVALID_CLIENT it reaches the log. */
export function refusal(
  reason: TrustedAuthTokenReason,
  claim?: string,
  options?: CountersignErrorOptions,
) {
  const details = { reason, claim };
  return new CountersignError("INVALID_CLIENT", "The assertion is not valid", details, options);
}

function toRefusal(error: unknown): CountersignError | null {
  if (error instanceof NoMatchingKey) {
    const reason = error.parameter === "kid" ? "SIGNATURE" : "ALGORITHM";
    return refusal(reason, error.parameter, { cause: error });
  }
  const failure = toJwtFailure(error);
  if (failure) return refusal(failure.reason, failure.claim, { cause: error });
  return error instanceof KeySetUnavailable
    ? refusal("KEY_SET_UNAVAILABLE", undefined, { cause: error })
    : null;
}

function invalidAssertion(cause: CountersignError | undefined) {
  return invalidClient("ASSERTION_INVALID", { cause });
}

/** Most guides of other servers print one of them wrong. */
const AUDIENCE_SLASH =
  "must be the issuer or the URL of the token endpoint, from which it differs only by a slash at its end";

/** What to say to a client whose signature is good about the claim that is refused. */
const CLAIM_PROBLEMS: Readonly<Record<string, string>> = {
  iss: "must be the client id",
  aud: "must be one value: the issuer or the URL of the token endpoint",
  exp: "must be in the future, at most a day ahead",
  nbf: "must not be in the future",
  iat: "must not be in the future",
  jti: "must be a text of at most 255 characters that was not used before",
};

/**
 * @param cause names a claim, which is looked at after the signature: whoever sent the assertion has the client's
 *   key, so the answer names the claim too
 */
export function refusedClaim(
  denial: "ASSERTION_INVALID" | "ASSERTION_REPLAYED",
  clientId: string,
  cause: CountersignError,
) {
  const { claim = "" } = cause.details;
  const problem = cause.explanation ?? CLAIM_PROBLEMS[claim];
  const detail = problem && `the assertion's ${claim} ${problem}`;
  return invalidClient(denial, { cause, clientId, detail });
}
