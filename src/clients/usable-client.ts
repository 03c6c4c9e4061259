import type { Client, TokenEndpointAuthMethod } from "./client.entity.js";

/** Whether a client is active and not expired. */
export function isUsable(
  { status, expiresAt }: Pick<Client, "status" | "expiresAt">,
  now: Date,
): boolean {
  return status === "ACTIVE" && !(expiresAt !== null && expiresAt <= now);
}

/** A client without a chosen method may send its secret as HTTP Basic or in the body, and GraphQL has neither. */
export function acceptsMethod(
  { tokenEndpointAuthMethod: chosen }: Pick<Client, "tokenEndpointAuthMethod">,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}
