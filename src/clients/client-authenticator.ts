import { networkOf } from "../rate-limit/network.js";
import { FAILED_CLIENT_SECRET, SLOW_HASH_IN_VAIN } from "../rate-limit/policies.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { Origin } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { type ClientRefusal, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, isSameHash } from "../shared/secrets.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { UsageLog } from "../shared/usage-log.js";
import { Client, type TokenEndpointAuthMethod } from "./client.entity.js";
import type { ClientService } from "./client.service.js";
import { isFastHash } from "./client-secret.js";
import type { SlowHasher } from "./slow-hasher.js";

/**
 * Checks a client's id and secret (RFC 6749 section 2.3.1).
 *
 * Unknown id, wrong secret, inactive and expired are one answer, in the same time: ids that this
 * server generated have secrets that it generated, so they cost one SHA-256, whether they exist or
 * not; any other id may have been imported, so a wrong secret always costs one slow hash.
 */
export class ClientAuthenticator {
  readonly usage: UsageLog<Client>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly clients: ClientService,
    private readonly slowHasher: SlowHasher,
    private readonly rateLimiter: RateLimiter,
    private readonly clock: Clock,
  ) {
    this.usage = new UsageLog(unitOfWork, Client);
  }

  /**
   * @param method absent: the transport has a way of its own
   * @throws INVALID_CLIENT, RATE_LIMITED
   */
  async authenticate(
    projectId: string,
    clientId: string,
    clientSecret: string,
    origin: Origin,
    method?: "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST",
  ): Promise<Client> {
    // A typo in a secret of ours is told by its checksum, at no cost.
    if (clientSecret.startsWith("csk_") && !isGeneratedSecret("csk", clientSecret)) {
      throw invalidClient("SECRET_MALFORMED");
    }
    const found = await this.clients.find(projectId, clientId);
    const attempt = new Attempt(this.rateLimiter, projectId, clientId, origin);
    const client = await this.#verified(found, clientId, clientSecret, attempt);
    const now = this.clock.now();
    if (!client || !isUsable(client, now) || !takesSecretBy(client, method)) {
      await attempt.count();
      throw invalidClient(refusalOf(found, client, now));
    }
    this.usage.note({ projectId, clientId }, now);
    return client;
  }

  /** @returns null for an unknown client or a wrong secret */
  async #verified(client: Client | null, clientId: string, secret: string, attempt: Attempt) {
    const stored = [client?.secretHash, client?.nextSecretHash].filter(
      (hash) => !!hash,
    ) as string[];
    const hash = hashSecret(secret);
    if (stored.filter(isFastHash).some((one) => isSameHash(one, hash))) return client;
    if (isGeneratedClientId(clientId)) return null;
    const slow = stored.find((one) => !isFastHash(one));
    if (slow && this.slowHasher.remembers(secret, slow)) return client;
    // Guesses at a secret that may be weak are counted before they are tried, many at once too.
    await attempt.countSlow();
    if (!slow) {
      await this.slowHasher.verifyNobody(secret);
      return null;
    }
    if (!(await this.slowHasher.verify(secret, slow))) return null;
    await attempt.refund();
    // The client may have been changed meanwhile.
    const current = await this.clients.find(client?.projectId ?? "", clientId);
    return current?.secretHash === slow ? current : null;
  }
}

/** One attempt to authenticate, counted at most once. */
class Attempt {
  readonly #ofClient: string[];
  readonly #ofAddress: string[];
  #counted = false;

  constructor(
    private readonly rateLimiter: RateLimiter,
    projectId: string,
    clientId: string,
    origin: Origin,
  ) {
    const network = networkOf(origin.ipAddress);
    this.#ofClient = [projectId, clientId, network];
    this.#ofAddress = [projectId, network];
  }

  /** @throws RATE_LIMITED */
  async count(): Promise<void> {
    if (this.#counted) return;
    this.#counted = true;
    await this.rateLimiter.count(FAILED_CLIENT_SECRET, ...this.#ofClient);
  }

  /** @throws RATE_LIMITED */
  async countSlow(): Promise<void> {
    await this.count();
    await this.rateLimiter.count(SLOW_HASH_IN_VAIN, ...this.#ofAddress);
  }

  async refund(): Promise<void> {
    await this.rateLimiter.refund(FAILED_CLIENT_SECRET, ...this.#ofClient);
    await this.rateLimiter.refund(SLOW_HASH_IN_VAIN, ...this.#ofAddress);
  }
}

export function isUsable({ status, expiresAt }: Client, now: Date): boolean {
  return status === "ACTIVE" && !(expiresAt !== null && expiresAt <= now);
}

/** A client that has chosen no method may send its secret either way. */
function takesSecretBy(
  { tokenEndpointAuthMethod: chosen }: Client,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}

function refusalOf(found: Client | null, verified: Client | null, now: Date): ClientRefusal {
  if (!found) return "CLIENT_UNKNOWN";
  if (!verified) return "SECRET_WRONG";
  if (isUsable(verified, now)) return "METHOD_NOT_ALLOWED";
  return verified.status === "ACTIVE" ? "CLIENT_EXPIRED" : "CLIENT_INACTIVE";
}

/** @param refusal for the log alone: to the caller all refusals are one */
export function invalidClient(refusal?: ClientRefusal, options?: ErrorOptions) {
  const details = refusal ? { refusal } : {};
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, options);
}
