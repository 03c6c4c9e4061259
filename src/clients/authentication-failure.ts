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

/** @param denial the reason, for the log only, like `clientId`; every caller gets the same answer */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId }: ErrorOptions & { clientId?: string | undefined } = {},
) {
  const details = { ...(denial && { denial }), clientId };
  return new CountersignError("INVALID_CLIENT", "Client authentication failed", details, { cause });
}
