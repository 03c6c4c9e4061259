import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Client } from "../../clients/client.entity.js";
import {
  type Authenticated,
  type ClientToAuthenticate,
  invalidClient,
  isUsable,
  type LoadedClient,
} from "../../clients/client-authenticator.js";
import type { KeySources } from "../../key-sets/key-sources.js";
import { KeySetUnavailable } from "../../key-sets/remote-key-set.js";
import type { LastUsedTracker } from "../../persistence/last-used-tracker.js";
import type { ReplayDetection } from "../../persistence/replay-detection.js";
import type { ProjectStore } from "../../projects/project-store.js";
import { type Clock, epochSeconds, fromEpochSeconds } from "../../shared/clock.js";
import { CountersignError, type TrustedAuthTokenReason } from "../../shared/errors.js";
import { toJwtFailure } from "../../shared/jwt-failure.js";
import type {
  AuthenticationRequest,
  ClientAuthenticationMethod,
} from "./client-authentication-method.js";

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
const MAX_LIFETIME_SECONDS = 300;
const CLOCK_TOLERANCE_SECONDS = 10;
const MAX_ASSERTION_LENGTH = 8192;

interface Services {
  projects: ProjectStore;
  keySources: KeySources;
  lastUsed: LastUsedTracker<Client>;
  replayDetection: ReplayDetection;
  clock: Clock;
}

/** RFC 7523 section 3: the client signs a short-lived JWT whose only audience is the project's issuer. */
export function privateKeyJwt(services: Services): ClientAuthenticationMethod {
  return {
    name: "private_key_jwt",
    applies: ({ parameters }) => parameters.get("client_assertion") !== undefined,
    authenticate: (request) => authenticate(services, request),
  };
}

async function authenticate<Loaded extends LoadedClient>(
  services: Services,
  { parameters, load }: AuthenticationRequest<Loaded>,
): Promise<Authenticated<Loaded>> {
  const assertion = parameters.get("client_assertion") ?? "";
  const isJwtBearer = parameters.get("client_assertion_type") === ASSERTION_TYPE;
  if (!isJwtBearer || assertion.length > MAX_ASSERTION_LENGTH) throw invalidAssertion("MALFORMED");
  const clientId = readSubject(assertion);
  const bodyClientId = parameters.get("client_id");
  if (bodyClientId !== undefined && bodyClientId !== clientId) {
    throw invalidAssertion("CONDITION", "sub");
  }
  const now = services.clock.now();
  const { project, client } = requireUsable(await load(clientId), now);
  const { projectId } = project;
  const claims = await verify(services, project, client, assertion);
  // The signature is verified first, so that only the client itself can consume its `jti`s.
  const expiresAt = fromEpochSeconds((claims.exp ?? 0) + CLOCK_TOLERANCE_SECONDS);
  const assertionId = [projectId, clientId, claims.jti ?? ""];
  if (!(await services.replayDetection.consume("client-assertion", assertionId, expiresAt))) {
    throw invalidClient("ASSERTION_REPLAYED", { clientId, cause: refusal("REPLAYED", "jti") });
  }
  services.lastUsed.touch({ projectId }, clientId, client.lastUsedAt, now);
  // The client may have changed while its key set was fetched.
  return requireUsable(await load(clientId), now);
}

/** @throws INVALID_CLIENT for an unknown, inactive or expired client, and one of another method */
function requireUsable<Loaded extends LoadedClient>(
  loaded: Loaded | null,
  now: Date,
): Authenticated<Loaded> {
  const client = loaded?.client;
  if (!client) throw invalidClient("CLIENT_UNKNOWN");
  const { clientId, status, tokenEndpointAuthMethod } = client;
  if (tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT") {
    throw invalidClient("METHOD_NOT_ALLOWED", { clientId });
  }
  if (!isUsable(client, now)) {
    throw invalidClient(status === "ACTIVE" ? "CLIENT_EXPIRED" : "CLIENT_INACTIVE", { clientId });
  }
  return { ...loaded, client };
}

function readSubject(assertion: string): string {
  let subject: unknown;
  try {
    subject = decodeJwt(assertion).sub;
  } catch {
    throw invalidAssertion("MALFORMED");
  }
  if (typeof subject !== "string") throw invalidAssertion("CLAIM_MISSING", "sub");
  return subject;
}

async function verify(
  services: Services,
  project: LoadedClient["project"],
  client: ClientToAuthenticate,
  assertion: string,
): Promise<JWTPayload> {
  const now = epochSeconds(services.clock.now());
  try {
    const payload = await verifySignature(services, client, assertion);
    const { exp = 0, iat, jti } = payload;
    // With several audiences, another audience could use the assertion here (CVE-2025-27370).
    const [audience, ...others] = [payload.aud ?? ""].flat();
    if (typeof audience !== "string" || others.length > 0) throw refusal("AUDIENCE", "aud");
    // Clients that have read the metadata of a former issuer name that one until it ends.
    if (!(await services.projects.isAudienceOf(project, audience))) {
      throw refusal("AUDIENCE", "aud");
    }
    if (exp - now > MAX_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) {
      throw refusal("CONDITION", "exp");
    }
    if (iat !== undefined && iat > now + CLOCK_TOLERANCE_SECONDS) {
      throw refusal("NOT_YET_VALID", "iat");
    }
    if (typeof jti !== "string" || jti === "" || jti.length > 255) {
      throw refusal("MALFORMED", "jti");
    }
    return payload;
  } catch (error) {
    throw invalidClient("ASSERTION_INVALID", {
      clientId: client.clientId,
      cause: error instanceof CountersignError ? error : toRefusal(error),
    });
  }
}

/** Tries each of the client's matching keys: there are two while the client rotates its key. */
async function verifySignature(
  { keySources, clock }: Services,
  client: ClientToAuthenticate,
  assertion: string,
): Promise<JWTPayload> {
  const { alg = "", kid } = decodeProtectedHeader(assertion);
  const source = { jwksUrl: client.jwksUrl, publicKeys: client.publicKeys ?? [] };
  const owner = `${client.projectId} ${client.clientId}`;
  for (const key of await keySources.candidates(owner, source, { alg, kid })) {
    try {
      const { payload } = await jwtVerify(assertion, key, {
        algorithms: CLIENT_ASSERTION_ALGORITHMS,
        issuer: client.clientId,
        subject: client.clientId,
        requiredClaims: ["aud", "exp", "jti"],
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

/** Why an assertion is refused. As the cause of INVALID_CLIENT it reaches the log alone. */
function refusal(reason: TrustedAuthTokenReason, claim?: string, options?: ErrorOptions) {
  const details = { reason, claim };
  return new CountersignError("INVALID_CLIENT", "The assertion is not valid", details, options);
}

function toRefusal(error: unknown) {
  const failure = toJwtFailure(error);
  if (failure) return refusal(failure.reason, failure.claim, { cause: error });
  return error instanceof KeySetUnavailable
    ? refusal("KEY_SET_UNAVAILABLE", undefined, { cause: error })
    : error;
}

function invalidAssertion(reason: TrustedAuthTokenReason, claim?: string) {
  return invalidClient("ASSERTION_INVALID", { cause: refusal(reason, claim) });
}
