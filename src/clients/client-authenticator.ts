import type { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { Project } from "../projects/project.entity.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { type ClientAuthFailure, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, isSameHash } from "../shared/secrets.js";
import { AuthenticationAttempt } from "./authentication-attempt.js";
import { invalidClient } from "./authentication-failure.js";
import type { Client } from "./client.entity.js";
import type { ClientSecret } from "./client-secret.entity.js";
import { isFastHash, isValidAt } from "./client-secret.js";
import { MAX_SECRET_LENGTH } from "./secret-rules.js";
import type { SlowHasher } from "./slow-hasher.js";
import { acceptsMethod, isUsable, type Usability, unusableReason } from "./usable-client.js";
import type { StoredSecret, VerifiedSecrets } from "./verified-secrets.js";

/** The columns of a client that authentication needs. */
export type ClientToAuthenticate = Pick<
  Client,
  "projectId" | "clientId" | "lastUsedAt" | "tokenEndpointAuthMethod" | "publicKeys" | "jwksUrl"
> &
  Usability;

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

/** A stored secret, and the form of the sent one that matches it. */
interface MatchedSecret {
  stored: SecretToMatch;
  form: string;
}

export interface ClientCredentials {
  clientId: string;
  /** What the secret may be: one text, or what it is with and without an encoding. Only one attempt. */
  secretForms: readonly string[];
  /** Absent: the request does not use an HTTP method of authentication, as in GraphQL. */
  method?: "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST";
}

/**
 * Authenticates a client by its id and secret (RFC 6749 section 2.3.1, ADR 0004).
 *
 * An unknown id, a wrong or ended secret, an inactive and an expired client, and one of an inactive owner get the
 * same answer in the same time. A generated id has generated secrets, so it costs one SHA-256, whether the client
 * exists or not. Any other id may have two secrets that somebody chose, so a wrong one costs two slow hashes, and
 * four if it has two forms. An imported hash of another kind or cost takes its own time.
 */
export class ClientAuthenticator {
  constructor(
    readonly lastUsed: LastUsedTracker<Client>,
    readonly secretLastUsed: LastUsedTracker<ClientSecret>,
    readonly verifiedSecrets: VerifiedSecrets,
    private readonly slowHasher: SlowHasher,
    private readonly rateLimiter: RateLimiter,
    private readonly clock: Clock,
  ) {}

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
      if (!verified || !canUseSecret(verified.loaded, now)) {
        await attempt.countFailure();
        throw invalidClient(failureReason(loaded, credentials, now));
      }
      const { client } = verified.loaded;
      // Not counted: libraries that try one place after the other have the right secret.
      if (!acceptsMethod(client, method)) throw invalidClient("METHOD_NOT_ALLOWED");
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
    { clientId, secretForms }: ClientCredentials,
    attempt: AuthenticationAttempt,
    load: () => Promise<Loaded | null>,
  ): Promise<{ loaded: Loaded; secret: SecretToMatch } | null> {
    // No client has a secret of this length, and some algorithms do not take an empty one.
    const forms = secretForms.filter((form) => form !== "" && form.length <= MAX_SECRET_LENGTH);
    if (forms.length === 0) return null;
    // The secret of a client that cannot authenticate is never compared, so that neither the time nor the
    // quota reveals whether the secret is right.
    const now = this.clock.now();
    const secrets = canUseSecret(loaded, now) ? loaded.secrets.filter(isValidAt(now)) : [];
    const hashes = forms.map(hashSecret);
    const generated = secrets.find(
      (stored) => isFastHash(stored.hash) && hashes.some((hash) => isSameHash(stored.hash, hash)),
    );
    if (generated && loaded) return { loaded, secret: generated };
    if (isGeneratedClientId(clientId)) {
      // A wrong checksum is a typo, not a guess. Imported secrets of other ids may also start with csk_.
      if (forms.every((form) => form.startsWith("csk_") && !isGeneratedSecret("csk", form))) {
        throw invalidClient("SECRET_MALFORMED");
      }
      return null;
    }
    const client = { projectId: loaded?.project.projectId ?? "", clientId };
    const slow = secrets.filter((stored) => !isFastHash(stored.hash));
    const { network } = attempt;
    const seen = slow.filter((stored) => this.verifiedSecrets.isSeenFrom(network, stored));
    const known = this.#findVerified(client, forms, seen);
    if (known && loaded) return { loaded, secret: known.stored };
    await this.rateLimiter.delayRejection(attempt.assertSlowHashQuota());
    const match = await this.slowHasher.runQueued(network, () =>
      this.#matchSlowHash(client, forms, slow, attempt),
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
    forms: readonly string[],
    candidates: readonly SecretToMatch[],
    attempt: AuthenticationAttempt,
  ): Promise<SecretToMatch | null> {
    let match = this.#findVerified(client, forms, candidates);
    if (match === null) {
      match = await attempt.withSlowHashQuota(() => this.#verifySlowHashes(forms, candidates));
    } else {
      // This secret has been verified before. A guesser without quota must not learn that it is right.
      await attempt.assertSlowHashQuota();
    }
    if (match === null) return null;
    this.verifiedSecrets.add(attempt.network, client, match.stored, match.form);
    return match.stored;
  }

  #findVerified(
    client: Pick<Client, "projectId" | "clientId">,
    forms: readonly string[],
    candidates: readonly SecretToMatch[],
  ): MatchedSecret | null {
    const pairs = candidates.flatMap((stored) => forms.map((form) => ({ stored, form })));
    return pairs.find(({ stored, form }) => this.verifiedSecrets.has(client, stored, form)) ?? null;
  }

  /** Takes the time of two hashes a form for a wrong secret, whether the client has two, one or none. */
  async #verifySlowHashes(
    forms: readonly string[],
    [first, second]: readonly SecretToMatch[],
  ): Promise<MatchedSecret | null> {
    for (const stored of [first, second]) {
      for (const form of forms) {
        const isMatch = await this.slowHasher.verify(form, stored?.hash ?? null);
        if (isMatch && stored) return { stored, form };
      }
    }
    return null;
  }
}

/** @returns null if the client has no valid secret with this hash */
function withSecret<Loaded extends LoadedClient>(loaded: Loaded | null, hash: string, now: Date) {
  const secret = loaded?.secrets.filter(isValidAt(now)).find((stored) => stored.hash === hash);
  return loaded && secret ? { loaded, secret } : null;
}

/** Whether the client is authenticated if it sends the right secret, in the right place. */
function canUseSecret<Loaded extends LoadedClient>(
  loaded: Loaded | null,
  now: Date,
): loaded is Authenticated<Loaded> {
  const client = loaded?.client;
  return !!client && isUsable(client, now) && acceptsMethod(client, undefined);
}

/** Why credentials were refused, for the log alone. */
function failureReason(
  loaded: LoadedClient | null,
  { secretForms, method }: ClientCredentials,
  now: Date,
): ClientAuthFailure {
  const client = loaded?.client;
  if (!client) return "CLIENT_UNKNOWN";
  const reason = unusableReason(client, now);
  if (reason) return reason;
  if (!acceptsMethod(client, method)) return "METHOD_NOT_ALLOWED";
  const hashes = secretForms.map(hashSecret);
  const isEnded = loaded.secrets.some(
    (secret) => isFastHash(secret.hash) && hashes.some((hash) => isSameHash(secret.hash, hash)),
  );
  return isEnded ? "SECRET_EXPIRED" : "SECRET_WRONG";
}
