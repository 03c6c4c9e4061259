import { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Project } from "../projects/project.entity.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { type ClientAuthFailure, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { hashSecret, isGeneratedSecret, isSameHash } from "../shared/secrets.js";
import { AuthenticationAttempt } from "./authentication-attempt.js";
import { Client, type TokenEndpointAuthMethod } from "./client.entity.js";
import { ClientSecret } from "./client-secret.entity.js";
import { isFastHash, isValidAt } from "./client-secret.js";
import { MAX_SECRET_LENGTH } from "./secret-rules.js";
import type { SlowHasher } from "./slow-hasher.js";
import { type StoredSecret, VerifiedSecrets } from "./verified-secrets.js";

/** The columns of a client that authentication needs. */
export type ClientToAuthenticate = Pick<
  Client,
  | "projectId"
  | "clientId"
  | "status"
  | "expiresAt"
  | "lastUsedAt"
  | "tokenEndpointAuthMethod"
  | "publicKeys"
  | "jwksUrl"
>;

/** The columns of a secret that authentication needs. */
export type SecretToMatch = StoredSecret & Pick<ClientSecret, "expiresAt" | "lastUsedAt">;

/** What authentication loads from the database; transports load more beside it. */
export interface LoadedClient {
  project: Pick<Project, "projectId" | "issuer">;
  /** Null: the project has no client with this id. */
  client: ClientToAuthenticate | null;
  /** The client's current secret and its next or previous one. They may have ended. */
  secrets: readonly SecretToMatch[];
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
 * An unknown id, a wrong or ended secret, an inactive and an expired client get the same answer in the same
 * time. A generated id has generated secrets, so it costs one SHA-256, whether the client exists or not. Any
 * other id may have two secrets that somebody chose, so a wrong one costs two slow hashes. An imported hash
 * of another kind or cost takes its own time.
 */
export class ClientAuthenticator {
  readonly lastUsed: LastUsedTracker<Client>;
  readonly secretLastUsed: LastUsedTracker<ClientSecret>;
  readonly verifiedSecrets: VerifiedSecrets;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly slowHasher: SlowHasher,
    private readonly rateLimiter: RateLimiter,
    masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {
    this.lastUsed = new LastUsedTracker(unitOfWork, clock, Client, "clientId");
    this.secretLastUsed = new LastUsedTracker(unitOfWork, clock, ClientSecret, "secretId");
    this.verifiedSecrets = new VerifiedSecrets(masterKeys, unitOfWork);
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
      if (!verified || !canAuthenticate(verified.loaded, now, method)) {
        await attempt.countFailure();
        throw invalidClient(failureReason(loaded, credentials, now));
      }
      const { client } = verified.loaded;
      const { secretId, lastUsedAt } = verified.secret;
      this.lastUsed.touch({ projectId }, clientId, client.lastUsedAt, now);
      this.secretLastUsed.touch({}, secretId, lastUsedAt, now);
      return verified.loaded;
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
  ): Promise<{ loaded: Loaded; secret: SecretToMatch } | null> {
    // No client has a secret of this length, and some algorithms do not take an empty one.
    if (secret === "" || secret.length > MAX_SECRET_LENGTH) return null;
    // The secret of a client that cannot authenticate is never compared, so that neither the time nor the
    // quota reveals whether the secret is right.
    const now = this.clock.now();
    const secrets = canAuthenticate(loaded, now, method)
      ? loaded.secrets.filter(isValidAt(now))
      : [];
    const hash = hashSecret(secret);
    const generated = secrets.find(
      (stored) => isFastHash(stored.hash) && isSameHash(stored.hash, hash),
    );
    if (generated && loaded) return { loaded, secret: generated };
    if (isGeneratedClientId(clientId)) {
      // A wrong checksum is a typo, not a guess. Imported secrets of other ids may also start with csk_.
      if (secret.startsWith("csk_") && !isGeneratedSecret("csk", secret)) {
        throw invalidClient("SECRET_MALFORMED");
      }
      return null;
    }
    const client = { projectId: loaded?.project.projectId ?? "", clientId };
    const slow = secrets.filter((stored) => !isFastHash(stored.hash));
    const { network } = attempt;
    const known = slow.find(
      (stored) =>
        this.verifiedSecrets.isSeenFrom(network, stored) &&
        this.verifiedSecrets.has(client, stored, secret),
    );
    if (known && loaded) return { loaded, secret: known };
    await this.rateLimiter.delayRejection(attempt.assertSlowHashQuota());
    const match = await this.slowHasher.runQueued(network, () =>
      this.#matchSlowHash(client, secret, slow, attempt),
    );
    // The secret may have ended during the verification.
    return match === null ? null : withSecret(await load(), match.hash, this.clock.now());
  }

  /**
   * Counts each guess before it verifies it, because an imported secret may be weak.
   * @returns the stored secret that it matches
   */
  async #matchSlowHash(
    client: Pick<Client, "projectId" | "clientId">,
    secret: string,
    candidates: readonly SecretToMatch[],
    attempt: AuthenticationAttempt,
  ): Promise<SecretToMatch | null> {
    let match =
      candidates.find((stored) => this.verifiedSecrets.has(client, stored, secret)) ?? null;
    if (match === null) {
      match = await attempt.withSlowHashQuota(() => this.#verifySlowHashes(secret, candidates));
    } else {
      // This secret has been verified before. A guesser without quota must not learn that it is right.
      await attempt.assertSlowHashQuota();
    }
    if (match !== null) this.verifiedSecrets.add(attempt.network, client, match, secret);
    return match;
  }

  /** Takes the time of two hashes for a wrong secret, whether the client has two, one or none. */
  async #verifySlowHashes(secret: string, [first, second]: readonly SecretToMatch[]) {
    for (const stored of [first, second]) {
      if (await this.slowHasher.verify(secret, stored?.hash ?? null)) return stored ?? null;
    }
    return null;
  }
}

/** @returns null if the client has no valid secret with this hash */
function withSecret<Loaded extends LoadedClient>(loaded: Loaded | null, hash: string, now: Date) {
  const secret = loaded?.secrets.filter(isValidAt(now)).find((stored) => stored.hash === hash);
  return loaded && secret ? { loaded, secret } : null;
}

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
  loaded: LoadedClient | null,
  { clientSecret, method }: ClientCredentials,
  now: Date,
): ClientAuthFailure {
  const hash = hashSecret(clientSecret);
  const client = loaded?.client;
  if (!client) return "CLIENT_UNKNOWN";
  if (client.status !== "ACTIVE") return "CLIENT_INACTIVE";
  if (!isUsable(client, now)) return "CLIENT_EXPIRED";
  if (!acceptsMethod(client, method)) return "METHOD_NOT_ALLOWED";
  const isEnded = loaded.secrets.some(
    (secret) => isFastHash(secret.hash) && isSameHash(secret.hash, hash),
  );
  return isEnded ? "SECRET_EXPIRED" : "SECRET_WRONG";
}

/** @param denial the reason, for the log only, like `clientId`; every caller gets the same answer */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId }: ErrorOptions & { clientId?: string | undefined } = {},
) {
  const details = { ...(denial && { denial }), clientId };
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, { cause });
}
