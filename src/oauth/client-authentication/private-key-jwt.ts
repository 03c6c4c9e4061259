import { LRUCache } from "lru-cache";
import { AuthenticationAttempt } from "../../clients/authentication-attempt.js";
import { invalidClient } from "../../clients/authentication-failure.js";
import type { Client } from "../../clients/client.entity.js";
import { type Authenticated, type LoadedClient } from "../../clients/client-authenticator.js";
import { unusableReason } from "../../clients/usable-client.js";
import type { LastUsedTracker } from "../../persistence/last-used-tracker.js";
import type { ReplayDetection } from "../../persistence/replay-detection.js";
import { LONG_ASSERTIONS_PER_CLIENT } from "../../rate-limit/policies.js";
import type { RateLimiter } from "../../rate-limit/rate-limiter.js";
import { epochSeconds, fromEpochSeconds } from "../../shared/clock.js";
import { CountersignError } from "../../shared/errors.js";
import {
  type AssertionServices,
  CLOCK_TOLERANCE_SECONDS,
  type ClientAssertion,
  parseClientAssertion,
  refusal,
  refusedClaim,
  type VerifiedAssertion,
  verifyClientAssertion,
} from "./client-assertion.js";
import type {
  AuthenticationRequest,
  ClientAuthenticationMethod,
} from "./client-authentication-method.js";

const MAX_KNOWN_CLIENTS = 10_000;
/** The ids of longer ones are kept longer, so their number is limited. */
const LONG_ASSERTION_SECONDS = 300 + CLOCK_TOLERANCE_SECONDS;

interface Services extends AssertionServices {
  lastUsed: LastUsedTracker<Client>;
  replayDetection: ReplayDetection;
  rateLimiter: RateLimiter;
}

/** RFC 7523 section 3: the client signs a JWT whose only audience is the project's issuer or token endpoint. */
export function privateKeyJwt(services: Services): ClientAuthenticationMethod {
  /** Project, client and network, if this process has authenticated the client from that network. */
  const knownClients = new LRUCache<string, true>({ max: MAX_KNOWN_CLIENTS });
  return {
    name: "private_key_jwt",
    applies: ({ parameters }) => parameters.get("client_assertion") !== undefined,
    // Counts a refused assertion as `ClientAuthenticator` counts a wrong secret.
    authenticate: async (request) => {
      const assertion = parseClientAssertion(request);
      const { clientId } = assertion;
      const loaded = await request.load(clientId);
      const projectId = loaded?.project.projectId ?? "";
      const { rateLimiter } = services;
      const attempt = new AuthenticationAttempt(rateLimiter, projectId, clientId, request.source);
      const known = JSON.stringify([projectId, clientId, attempt.network]);
      await attempt.assertFailureQuota(knownClients.has(known));
      try {
        const authenticated = await authenticate(services, loaded, assertion, request.load);
        knownClients.set(known, true);
        return authenticated;
      } catch (error) {
        const isRefusal = error instanceof CountersignError && error.code === "INVALID_CLIENT";
        if (isRefusal) await attempt.countFailure();
        throw error;
      }
    },
  };
}

/** @throws INVALID_CLIENT */
async function authenticate<Loaded extends LoadedClient>(
  services: Services,
  loaded: Loaded | null,
  assertion: ClientAssertion,
  load: AuthenticationRequest<Loaded>["load"],
): Promise<Authenticated<Loaded>> {
  const { clientId } = assertion;
  const now = services.clock.now();
  const { project, client } = requireUsable(loaded, now);
  const { projectId } = project;
  const verified = await verifyClientAssertion(services, project, client, assertion);
  await consumeOnce(services, projectId, assertion, verified);
  services.lastUsed.touch({ projectId }, clientId, client.lastUsedAt, now);
  // The client may have changed while its key set was fetched.
  return requireUsable(await load(clientId), now);
}

/**
 * The signature is verified first, so that only the client itself can use up its `jti`s. An assertion without one
 * is known by what is signed: other bytes can be a valid signature of the same.
 * @throws INVALID_CLIENT, RATE_LIMITED
 */
async function consumeOnce(
  { clock, rateLimiter, replayDetection }: Services,
  projectId: string,
  { clientId, text }: ClientAssertion,
  { exp, jti }: VerifiedAssertion,
): Promise<void> {
  if (exp - epochSeconds(clock.now()) > LONG_ASSERTION_SECONDS) {
    await rateLimiter.consume([LONG_ASSERTIONS_PER_CLIENT, projectId, clientId]);
  }
  const signed = text.slice(0, text.lastIndexOf("."));
  const id = jti === undefined ? ["signed", signed] : [jti];
  const expiresAt = fromEpochSeconds(exp + CLOCK_TOLERANCE_SECONDS);
  const assertionId = [projectId, clientId, ...id];
  if (await replayDetection.consume("client-assertion", assertionId, expiresAt)) return;
  throw refusedClaim("ASSERTION_REPLAYED", clientId, refusal("REPLAYED", "jti"));
}

/** @throws INVALID_CLIENT for an unknown or unusable client, and one of another method */
function requireUsable<Loaded extends LoadedClient>(
  loaded: Loaded | null,
  now: Date,
): Authenticated<Loaded> {
  const client = loaded?.client;
  if (!client) throw invalidClient("CLIENT_UNKNOWN");
  const { clientId, tokenEndpointAuthMethod } = client;
  if (tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT") {
    throw invalidClient("METHOD_NOT_ALLOWED", { clientId });
  }
  const reason = unusableReason(client, now);
  if (reason) throw invalidClient(reason, { clientId });
  return { ...loaded, client };
}
