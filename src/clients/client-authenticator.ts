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

/** What authentication has to know of a client. */
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

/** What a look at the database has found; transports add what else they need to know. */
export interface LoadedClient {
  project: Pick<Project, "projectId" | "issuer">;
  /** Null: no such client. */
  client: ClientToAuthenticate | null;
}

export type Authenticated<Loaded extends LoadedClient> = Loaded & {
  client: NonNullable<Loaded["client"]>;
};

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  /** Absent: the transport has a way of its own. */
  method?: "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST";
}

/**
 * Checks a client's id and secret (RFC 6749 section 2.3.1).
 *
 * Unknown id, wrong secret, inactive and expired are one answer, in the same time: ids that this
 * server generated have secrets that it generated, so they cost one SHA-256, whether they exist or
 * not; any other id may have been imported, so a wrong secret takes the time of a slow hash. Imported
 * hashes of another kind or cost take their own.
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
   * @param load reads from the database: once, and again after a slow hash, since the client may have
   *   changed meanwhile; null where there is no such project
   * @returns what was found last
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
      // What is no client of ours may be a secret in the wrong field, and is not logged.
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
    // No client has such a secret. Some hashes cannot be compared with an empty one.
    if (secret === "" || secret.length > MAX_SECRET_LENGTH) return null;
    // The secret of a client that may not have a token is never compared, so neither time nor count tells
    // whether it was right.
    const canUse = canAuthenticate(loaded, this.clock.now(), method);
    const { secretHash, nextSecretHash } = (canUse && loaded.client) || NO_SECRETS;
    const stored = [secretHash, nextSecretHash].filter((hash) => hash !== null);
    const hash = hashSecret(secret);
    if (stored.some((one) => isFastHash(one) && isSameHash(one, hash))) return loaded;
    if (isGeneratedClientId(clientId)) {
      // The checksum tells a typo from a guess. Imported secrets of other ids may begin like ours.
      if (secret.startsWith("csk_") && !isGeneratedSecret("csk", secret)) {
        throw invalidClient("SECRET_MALFORMED");
      }
      return null;
    }
    const slowHash = stored.find((one) => !isFastHash(one)) ?? null;
    const { network } = attempt;
    if (slowHash && this.slowHasher.isCached(secret, slowHash, network)) return loaded;
    await this.rateLimiter.delayRejection(attempt.assertSlowHashQuota());
    const matches = await this.slowHasher.runQueued(network, () =>
      this.#matchesSlowHash(secret, slowHash, attempt),
    );
    if (!matches) return null;
    // The secret may have been rotated while its hash was computed.
    const reloaded = await load();
    return reloaded?.client?.secretHash === slowHash ? reloaded : null;
  }

  /** Counts guesses at a secret that may be weak before it tries them. */
  async #matchesSlowHash(
    secret: string,
    slowHash: string | null,
    attempt: AuthenticationAttempt,
  ): Promise<boolean> {
    if (slowHash && this.slowHasher.isCached(secret, slowHash)) {
      // Another request has verified it meanwhile. Whoever has used up the guesses does not learn that.
      await attempt.assertSlowHashQuota();
    } else if (!(await attempt.withSlowHashQuota(() => this.slowHasher.verify(secret, slowHash)))) {
      return false;
    }
    if (slowHash) this.slowHasher.cache(secret, slowHash, attempt.network);
    return true;
  }
}

const NO_SECRETS = { secretHash: null, nextSecretHash: null };

/** Given the right secret. */
function canAuthenticate<Loaded extends LoadedClient>(
  loaded: Loaded | null,
  now: Date,
  method: ClientCredentials["method"],
): loaded is Authenticated<Loaded> {
  const client = loaded?.client;
  return !!client && isUsable(client, now) && acceptsMethod(client, method);
}

export function isUsable(
  { status, expiresAt }: Pick<Client, "status" | "expiresAt">,
  now: Date,
): boolean {
  return status === "ACTIVE" && !(expiresAt !== null && expiresAt <= now);
}

/** A client that has chosen no method may send its secret either way. */
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

/** @param denial and `clientId`, of one that is there: for the log alone, to the caller all are one */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId }: ErrorOptions & { clientId?: string | undefined } = {},
) {
  const details = { ...(denial && { denial }), clientId };
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, { cause });
}
