import { isSameOwner } from "../shared/client-owner.js";
import { couldMakeAll } from "../shared/maker.js";
import { type Client, ownerOf, type RegistrationLimits } from "./client.entity.js";
import { newTokenGeneration } from "./token-generation.js";

/**
 * Whether a change lets somebody get tokens as the client who could not before, or lets its tokens do more: an
 * owner may be inactive, and its clients may manage each other.
 */
export function widensAccess(before: Client, after: Client): boolean {
  return (
    (before.status !== "ACTIVE" && after.status === "ACTIVE") ||
    before.tokenEndpointAuthMethod !== after.tokenEndpointAuthMethod ||
    !hasSameKeys(before, after) ||
    (before.dpopBoundAccessTokens && !after.dpopBoundAccessTokens) ||
    !isSameOwner(ownerOf(before), ownerOf(after)) ||
    after.grantTypes.some((name) => !before.grantTypes.includes(name)) ||
    endsLater(before, after)
  );
}

export function endsLater(before: Client, after: Client): boolean {
  if (before.expiresAt === null) return false;
  return after.expiresAt === null || after.expiresAt > before.expiresAt;
}

/** Ends all tokens that a client has got so far (ADR 0023). */
export function endTokens(client: Client, now: Date): void {
  client.tokenGeneration = newTokenGeneration();
  client.tokensNotBefore = now;
}

/** The columns of a client's keys. */
export type ClientKeys = Pick<Client, "jwksUrl" | "publicKeys" | "keysMaker">;

/**
 * Gives a client its keys. Whoever sends the keys that a client has vouches for them, and counts as their
 * maker, unless it could do less than who gave them.
 */
export function replaceKeys(client: Client, keys: ClientKeys): void {
  if (!hasSameKeys(client, keys)) return void Object.assign(client, keys);
  const { keysMaker: former } = client;
  const { keysMaker: maker } = keys;
  const isStronger = former && maker && couldMakeAll(maker, former);
  if (isStronger) client.keysMaker = maker;
}

/** The settings of a registered client that an operator's change leaves as they now are. */
export function limitsAfter(
  { registrationLimits: limits }: Client,
  { scopes, dpopBoundAccessTokens, tokenEndpointAuthMethod }: RegistrationLimits,
): RegistrationLimits {
  return {
    ...limits,
    ...(scopes !== undefined && { scopes }),
    ...(dpopBoundAccessTokens !== undefined && { dpopBoundAccessTokens }),
    ...(tokenEndpointAuthMethod !== undefined && { tokenEndpointAuthMethod }),
  };
}

function hasSameKeys(before: Omit<ClientKeys, "keysMaker">, after: typeof before): boolean {
  const textOf = (keys: typeof before) => JSON.stringify([keys.jwksUrl, keys.publicKeys]);
  return textOf(before) === textOf(after);
}
