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
import type { LastUsedTracker } from "../../persistence/last-used-tracker.js";
import type { ReplayDetection } from "../../persistence/replay-detection.js";
import type { ProjectStore } from "../../projects/project-store.js";
import { type Clock, epochSeconds } from "../../shared/clock.js";
import type { AuthenticationRequest, ClientAuthenticationMethod } from "./method.js";

/** Asymmetric only: a client's key is public. Ed25519 has two names (RFC 9864 section 2.2). */
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

/** RFC 7523 section 3: the client signs a short-lived assertion about itself, for us alone. */
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
  const isJwt = parameters.get("client_assertion_type") === ASSERTION_TYPE;
  if (!isJwt || assertion.length > MAX_ASSERTION_LENGTH) throw invalidClient();
  const clientId = readSubject(assertion);
  const named = parameters.get("client_id");
  if (named !== undefined && named !== clientId) throw invalidClient();
  const now = services.clock.now();
  const { project, client } = requireUsable(await load(clientId), now);
  const { projectId } = project;
  const claims = await verify(services, client, assertion, services.projects.issuerFor(project));
  // Signature first: whoever cannot sign cannot use up an id.
  const expiresAt = new Date(((claims.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000);
  const id = [projectId, clientId, claims.jti ?? ""];
  if (!(await services.replayDetection.consume("client-assertion", id, expiresAt))) {
    throw invalidClient("ASSERTION_REPLAYED", { clientId });
  }
  services.lastUsed.touch({ projectId }, clientId, client.lastUsedAt, now);
  // Its keys may have had to be fetched, and it may have been changed meanwhile.
  return requireUsable(await load(clientId), now);
}

/** @throws INVALID_CLIENT for one that is unknown, of another method, inactive or expired */
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
    throw invalidClient();
  }
  if (typeof subject !== "string") throw invalidClient();
  return subject;
}

async function verify(
  services: Services,
  client: ClientToAuthenticate,
  assertion: string,
  issuer: string,
): Promise<JWTPayload> {
  const now = epochSeconds(services.clock.now());
  try {
    const payload = await verifySignature(services, client, assertion, issuer);
    const { aud, exp = 0, iat, jti } = payload;
    // One audience, and that is us: an assertion for several could be passed on (CVE-2025-27370).
    if ([aud].flat().length !== 1) throw invalidClient();
    if (exp - now > MAX_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) throw invalidClient();
    if (iat !== undefined && iat > now + CLOCK_TOLERANCE_SECONDS) throw invalidClient();
    if (typeof jti !== "string" || jti === "" || jti.length > 255) throw invalidClient();
    return payload;
  } catch (error) {
    throw invalidClient("ASSERTION_INVALID", { clientId: client.clientId, cause: error });
  }
}

/** By any of the client's keys that fit: there are two of them while it rotates. */
async function verifySignature(
  { keySources, clock }: Services,
  client: ClientToAuthenticate,
  assertion: string,
  issuer: string,
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
        audience: issuer,
        requiredClaims: ["exp", "jti"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: clock.now(),
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw invalidClient();
}
