import type { Project } from "../projects/project.entity.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { Origin } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { type ClientRefusal, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, isSameHash } from "../shared/secrets.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { UsageLog } from "../shared/usage-log.js";
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
export interface FoundClient {
  project: Pick<Project, "projectId" | "issuer">;
  /** Null: no such client. */
  client: ClientToAuthenticate | null;
}

export type Authenticated<Found extends FoundClient> = Found & {
  client: NonNullable<Found["client"]>;
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
  readonly usage: UsageLog<Client>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly slowHasher: SlowHasher,
    private readonly rateLimiter: RateLimiter,
    private readonly clock: Clock,
  ) {
    this.usage = new UsageLog(unitOfWork, Client, "clientId");
  }

  /**
   * @param find reads from the database: once, and again after a slow hash, since the client may have
   *   changed meanwhile; null where there is no such project
   * @returns what was found last
   * @throws INVALID_CLIENT, RATE_LIMITED
   */
  async authenticate<Found extends FoundClient>(
    credentials: ClientCredentials,
    origin: Origin,
    find: () => Promise<Found | null>,
  ): Promise<Authenticated<Found>> {
    const { clientId, method } = credentials;
    const found = await find();
    const projectId = found?.project.projectId ?? "";
    const attempt = new AuthenticationAttempt(this.rateLimiter, projectId, clientId, origin);
    try {
      const verified = await this.#verified(found, credentials, attempt, find);
      const now = this.clock.now();
      if (!isAdmitted(verified, now, method)) {
        await attempt.count();
        throw invalidClient(refusalOf(found?.client, now, method));
      }
      this.usage.note({ projectId }, clientId, verified.client.lastUsedAt, now);
      return verified;
    } catch (error) {
      // What is no client of ours may be a secret in the wrong field, and is not logged.
      if (error instanceof CountersignError) error.details.clientId = found?.client?.clientId;
      throw error;
    }
  }

  /** @returns null for an unknown client or a wrong secret */
  async #verified<Found extends FoundClient>(
    found: Found | null,
    { clientId, clientSecret: secret, method }: ClientCredentials,
    attempt: AuthenticationAttempt,
    find: () => Promise<Found | null>,
  ): Promise<Found | null> {
    // No client has such a secret. Some hashes cannot be compared with an empty one.
    if (secret === "" || secret.length > MAX_SECRET_LENGTH) return null;
    // The secret of a client that may not have a token is never compared, so neither time nor count tells
    // whether it was right.
    const mayFit = isAdmitted(found, this.clock.now(), method);
    const { secretHash, nextSecretHash } = (mayFit && found.client) || NO_SECRETS;
    const stored = [secretHash, nextSecretHash].filter((hash) => hash !== null);
    const hash = hashSecret(secret);
    if (stored.some((one) => isFastHash(one) && isSameHash(one, hash))) return found;
    if (isGeneratedClientId(clientId)) {
      // The checksum tells a typo from a guess. Imported secrets of other ids may begin like ours.
      if (secret.startsWith("csk_") && !isGeneratedSecret("csk", secret)) {
        throw invalidClient("SECRET_MALFORMED");
      }
      return null;
    }
    const slow = stored.find((one) => !isFastHash(one)) ?? null;
    const { network } = attempt;
    if (slow && this.slowHasher.remembers(secret, slow, network)) return found;
    await this.rateLimiter.late(attempt.checkSlow());
    const fits = await this.slowHasher.inLine(network, () => this.#fits(secret, slow, attempt));
    if (!fits) return null;
    // The secret may have been rotated while its hash was computed.
    const foundAgain = await find();
    return foundAgain?.client?.secretHash === slow ? foundAgain : null;
  }

  /** Counts guesses at a secret that may be weak before it tries them. */
  async #fits(
    secret: string,
    slow: string | null,
    attempt: AuthenticationAttempt,
  ): Promise<boolean> {
    if (slow && this.slowHasher.remembers(secret, slow)) {
      // Another request has verified it meanwhile. Whoever has used up the guesses does not learn that.
      await attempt.checkSlow();
    } else if (!(await attempt.slowly(() => this.slowHasher.verify(secret, slow)))) {
      return false;
    }
    if (slow) this.slowHasher.remember(secret, slow, attempt.network);
    return true;
  }
}

const NO_SECRETS = { secretHash: null, nextSecretHash: null };

/** Given the right secret. */
function isAdmitted<Found extends FoundClient>(
  found: Found | null,
  now: Date,
  method: ClientCredentials["method"],
): found is Authenticated<Found> {
  const client = found?.client;
  return !!client && isUsable(client, now) && takesSecretBy(client, method);
}

export function isUsable(
  { status, expiresAt }: Pick<Client, "status" | "expiresAt">,
  now: Date,
): boolean {
  return status === "ACTIVE" && !(expiresAt !== null && expiresAt <= now);
}

/** A client that has chosen no method may send its secret either way. */
function takesSecretBy(
  { tokenEndpointAuthMethod: chosen }: ClientToAuthenticate,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}

function refusalOf(
  client: ClientToAuthenticate | null | undefined,
  now: Date,
  method: ClientCredentials["method"],
): ClientRefusal {
  if (!client) return "CLIENT_UNKNOWN";
  if (client.status !== "ACTIVE") return "CLIENT_INACTIVE";
  if (!isUsable(client, now)) return "CLIENT_EXPIRED";
  return takesSecretBy(client, method) ? "SECRET_WRONG" : "METHOD_NOT_ALLOWED";
}

/** @param refusal and `clientId`, of one that is there: for the log alone, to the caller all are one */
export function invalidClient(
  refusal?: ClientRefusal,
  { cause, clientId }: ErrorOptions & { clientId?: string | undefined } = {},
) {
  const details = { ...(refusal && { refusal }), clientId };
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, { cause });
}
