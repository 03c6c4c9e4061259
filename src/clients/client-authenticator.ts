import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Project } from "../projects/project.entity.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { type ClientAuthFailure, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, isSameHash } from "../shared/secrets.js";
import { AuthenticationAttempt } from "./authentication-attempt.js";
import { Client, type TokenEndpointAuthMethod } from "./client.entity.js";
import { MAX_SECRET_LENGTH } from "./client-rules.js";
import { isFastHash } from "./client-secret.js";
import type { SlowHasher } from "./slow-hasher.js";

/** The columns of a client that authentication needs. */
export type ClientToAuthenticate = Pick<
  Client,
  | "projectId"
  | "clientId"
  | "status"
  | "expiresAt"
  | "lastUsedAt"
  | "secretHash"
  | "nextSecretHash"
  | "tokenEndpointAuthMethod"
  | "publicKeys"
  | "jwksUrl"
>;

/** What authentication loads from the database; transports load more beside it. */
export interface LoadedClient {
  project: Pick<Project, "projectId" | "issuer">;
  /** Null: the project has no client with this id. */
  client: ClientToAuthenticate | null;
}

export type Authenticated<Loaded extends LoadedClient> = Loaded & {
  client: NonNullable<Loaded["client"]>;
};

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  /** Absent: the request does not use an HTTP method of authentication, as in GraphQL. */
  method?: "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST";
}

/**
 * Authenticates a client by its id and secret (RFC 6749 section 2.3.1, ADR 0004).
 *
 * An unknown id, a wrong secret, an inactive and an expired client get the same answer in the same time. A
 * generated id has a generated secret, so it costs one SHA-256, whether the client exists or not. Any other
 * id may have been imported, so a wrong secret costs a slow hash. An imported hash of another kind or cost
 * takes its own time.
 */
export class ClientAuthenticator {
  readonly lastUsed: LastUsedTracker<Client>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly slowHasher: SlowHasher,
    private readonly rateLimiter: RateLimiter,
    private readonly clock: Clock,
  ) {
    this.lastUsed = new LastUsedTracker(unitOfWork, Client, "clientId");
  }

  /**
   * @param load reads the client; null if its project does not exist. It runs again after a slow hash,
   *   because the client may have changed in the meantime.
   * @returns the result of the last `load`
   * @throws INVALID_CLIENT, RATE_LIMITED
   */
  async authenticate<Loaded extends LoadedClient>(
    credentials: ClientCredentials,
    source: RequestSource,
    load: () => Promise<Loaded | null>,
  ): Promise<Authenticated<Loaded>> {
    const { clientId, method } = credentials;
    const loaded = await load();
    const projectId = loaded?.project.projectId ?? "";
    const attempt = new AuthenticationAttempt(this.rateLimiter, projectId, clientId, source);
    try {
      const verified = await this.#verifySecret(loaded, credentials, attempt, load);
      const now = this.clock.now();
      if (!canAuthenticate(verified, now, method)) {
        await attempt.countFailure();
        throw invalidClient(failureReason(loaded?.client, now, method));
      }
      this.lastUsed.touch({ projectId }, clientId, verified.client.lastUsedAt, now);
      return verified;
    } catch (error) {
      // Logs only ids of existing clients: any other value may be a secret in the wrong field.
      if (error instanceof CountersignError) error.details.clientId = loaded?.client?.clientId;
      throw error;
    }
  }

  /** @returns null for an unknown client or a wrong secret */
  async #verifySecret<Loaded extends LoadedClient>(
    loaded: Loaded | null,
    { clientId, clientSecret: secret, method }: ClientCredentials,
    attempt: AuthenticationAttempt,
    load: () => Promise<Loaded | null>,
  ): Promise<Loaded | null> {
    // No client has a secret of this length, and some algorithms do not take an empty one.
    if (secret === "" || secret.length > MAX_SECRET_LENGTH) return null;
    // The secret of a client that cannot authenticate is never compared, so that neither the time nor the
    // quota reveals whether the secret is right.
    const { secretHash, nextSecretHash } = canAuthenticate(loaded, this.clock.now(), method)
      ? loaded.client
      : NO_SECRETS;
    const storedHashes = [secretHash, nextSecretHash].filter((stored) => stored !== null);
    const hash = hashSecret(secret);
    if (storedHashes.some((stored) => isFastHash(stored) && isSameHash(stored, hash))) {
      return loaded;
    }
    if (isGeneratedClientId(clientId)) {
      // A wrong checksum is a typo, not a guess. Imported secrets of other ids may also start with csk_.
      if (secret.startsWith("csk_") && !isGeneratedSecret("csk", secret)) {
        throw invalidClient("SECRET_MALFORMED");
      }
      return null;
    }
    const slowHash = storedHashes.find((stored) => !isFastHash(stored)) ?? null;
    const { network } = attempt;
    if (slowHash && this.slowHasher.isCached(secret, slowHash, network)) return loaded;
    await this.rateLimiter.delayRejection(attempt.assertSlowHashQuota());
    const matches = await this.slowHasher.runQueued(network, () =>
      this.#matchesSlowHash(secret, slowHash, attempt),
    );
    if (!matches) return null;
    // The secret may have been rotated during the verification.
    const reloaded = await load();
    return reloaded?.client?.secretHash === slowHash ? reloaded : null;
  }

  /** Counts each guess before it verifies it, because an imported secret may be weak. */
  async #matchesSlowHash(
    secret: string,
    slowHash: string | null,
    attempt: AuthenticationAttempt,
  ): Promise<boolean> {
    if (slowHash && this.slowHasher.isCached(secret, slowHash)) {
      // Another request has verified this secret. A guesser without quota must not learn that it is right.
      await attempt.assertSlowHashQuota();
    } else if (!(await attempt.withSlowHashQuota(() => this.slowHasher.verify(secret, slowHash)))) {
      return false;
    }
    if (slowHash) this.slowHasher.cache(secret, slowHash, attempt.network);
    return true;
  }
}

const NO_SECRETS = { secretHash: null, nextSecretHash: null };

/** Whether the client is authenticated if it sends the right secret. */
function canAuthenticate<Loaded extends LoadedClient>(
  loaded: Loaded | null,
  now: Date,
  method: ClientCredentials["method"],
): loaded is Authenticated<Loaded> {
  const client = loaded?.client;
  return !!client && isUsable(client, now) && acceptsMethod(client, method);
}

/** Whether a client is active and not expired. */
export function isUsable(
  { status, expiresAt }: Pick<Client, "status" | "expiresAt">,
  now: Date,
): boolean {
  return status === "ACTIVE" && !(expiresAt !== null && expiresAt <= now);
}

/** A client without a chosen method may send its secret as HTTP Basic or in the body. */
function acceptsMethod(
  { tokenEndpointAuthMethod: chosen }: ClientToAuthenticate,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}

function failureReason(
  client: ClientToAuthenticate | null | undefined,
  now: Date,
  method: ClientCredentials["method"],
): ClientAuthFailure {
  if (!client) return "CLIENT_UNKNOWN";
  if (client.status !== "ACTIVE") return "CLIENT_INACTIVE";
  if (!isUsable(client, now)) return "CLIENT_EXPIRED";
  return acceptsMethod(client, method) ? "SECRET_WRONG" : "METHOD_NOT_ALLOWED";
}

/** @param denial the reason, for the log only, like `clientId`; every caller gets the same answer */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId }: ErrorOptions & { clientId?: string | undefined } = {},
) {
  const details = { ...(denial && { denial }), clientId };
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, { cause });
}
