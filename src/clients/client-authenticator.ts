import { FAILED_CLIENT_SECRET } from "../rate-limit/policies.js";
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
    const subject = [projectId, clientId, origin.ipAddress];
    const found = await this.clients.find(projectId, clientId);
    const client = await this.#verified(found, clientId, clientSecret, subject);
    const now = this.clock.now();
    if (!client || !isUsable(client, now) || !takesSecretBy(client, method)) {
      await this.rateLimiter.count(FAILED_CLIENT_SECRET, ...subject);
      throw invalidClient(refusalOf(found, client, now));
    }
    this.usage.note({ projectId, clientId }, now);
    return client;
  }

  /** @returns null for an unknown client or a wrong secret */
  async #verified(client: Client | null, clientId: string, secret: string, subject: string[]) {
    const stored = [client?.secretHash, client?.nextSecretHash].filter(
      (hash) => !!hash,
    ) as string[];
    const hash = hashSecret(secret);
    if (stored.filter(isFastHash).some((one) => isSameHash(one, hash))) return client;
    if (isGeneratedClientId(clientId)) return null;
    const slow = stored.find((one) => !isFastHash(one));
    if (slow && this.slowHasher.remembers(secret, slow)) return client;
    // Guesses at a secret that may be weak are limited before each, not only after.
    await this.rateLimiter.check(FAILED_CLIENT_SECRET, ...subject);
    if (!slow) {
      await this.slowHasher.verifyNobody(secret);
      return null;
    }
    if (!(await this.slowHasher.verify(secret, slow))) return null;
    // The client may have been changed meanwhile.
    const current = await this.clients.find(client?.projectId ?? "", clientId);
    return current?.secretHash === slow ? current : null;
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
