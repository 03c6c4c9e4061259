import { type ClientAuthFailure, CountersignError } from "../shared/errors.js";
import { hashSecret, isSameHash } from "../shared/secrets.js";
import type { ClientCredentials, LoadedClient } from "./client-authenticator.js";
import { isFastHash } from "./client-secret.js";
import { acceptsMethod, isUsable } from "./usable-client.js";

/** Why credentials were refused, for the log alone. */
export function failureReason(
  loaded: LoadedClient | null,
  { secretForms, method }: ClientCredentials,
  now: Date,
): ClientAuthFailure {
  const client = loaded?.client;
  if (!client) return "CLIENT_UNKNOWN";
  if (client.status !== "ACTIVE") return "CLIENT_INACTIVE";
  if (!isUsable(client, now)) return "CLIENT_EXPIRED";
  if (!acceptsMethod(client, method)) return "METHOD_NOT_ALLOWED";
  const hashes = secretForms.map(hashSecret);
  const isEnded = loaded.secrets.some(
    (secret) => isFastHash(secret.hash) && hashes.some((hash) => isSameHash(secret.hash, hash)),
  );
  return isEnded ? "SECRET_EXPIRED" : "SECRET_WRONG";
}

interface FailureOptions extends ErrorOptions {
  clientId?: string | undefined;
  detail?: string | undefined;
}

/**
 * @param denial the reason, for the log only, like `clientId`; every caller gets the same answer, unless it has
 *   proved that it is the client and is told a `detail`
 */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId, detail }: FailureOptions = {},
) {
  const details = { ...(denial && { denial }), clientId };
  const message = `Client authentication failed${detail ? `: ${detail}` : ""}`;
  return new CountersignError("INVALID_CLIENT", message, details, { cause });
}
