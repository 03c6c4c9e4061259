import { isAccessToken } from "../shared/is-access-token.js";

/** What `getToken` answers with. */
export interface AccessToken {
  accessToken: string;
  tokenType: "Bearer" | "DPoP";
  /** Undefined: the server does not tell, so the token is for one use. */
  expiresAt: Date | undefined;
  scopes: readonly string[];
}

/** A token, and what the source knows of its age. */
export interface HeldToken {
  accessToken: string;
  tokenType: "Bearer" | "DPoP";
  scopes: readonly string[];
  /** Of the request, so before the token's life began. Milliseconds since 1970. */
  requestedAt: number;
  /** The same moment on the monotonic clock. */
  requestedTick: number;
  /** Undefined: the server does not tell. */
  lifeMs: number | undefined;
}

/** A token is not handed out in the last seconds of its life: the API must still find it valid. */
const MARGIN_MS = 10_000;
const MAX_CLOCK_DIFFERENCE_MS = 60_000;
export const MAX_LIFE_MS = 365 * 86_400_000;

/** A clock that is set back does not make a token younger, and one that stops in sleep does not keep it young. */
function ageMs({ requestedAt, requestedTick }: HeldToken): number {
  return Math.max(Date.now() - requestedAt, performance.now() - requestedTick);
}

/** How long the token may still be handed out; zero or less: no longer. */
export function usableMs(token: HeldToken): number {
  const { lifeMs = 0 } = token;
  return lifeMs - Math.min(MARGIN_MS, lifeMs / 4) - ageMs(token);
}

/** @param share of its life */
export function isOlderThan(token: HeldToken, share: number): boolean {
  return ageMs(token) >= share * (token.lifeMs ?? 0);
}

export function toAccessToken(token: HeldToken): AccessToken {
  const { accessToken, tokenType, scopes, requestedAt, lifeMs } = token;
  const expiresAt = lifeMs === undefined ? undefined : new Date(requestedAt + lifeMs);
  return { accessToken, tokenType, expiresAt, scopes: [...scopes] };
}

export function serializeToken({ requestedTick: _, ...token }: HeldToken): string {
  return JSON.stringify(token);
}

/** @returns undefined for what is not a token with a beginning and an end */
export function parseToken(text: unknown): HeldToken | undefined {
  if (typeof text !== "string") return undefined;
  const token = JSON.parse(text) as HeldToken;
  const { accessToken, tokenType, scopes, requestedAt, lifeMs } = token;
  const elapsedMs = Date.now() - requestedAt;
  const isToken =
    isAccessToken(accessToken) &&
    (tokenType === "Bearer" || tokenType === "DPoP") &&
    Array.isArray(scopes) &&
    typeof lifeMs === "number" &&
    lifeMs <= MAX_LIFE_MS &&
    elapsedMs > -MAX_CLOCK_DIFFERENCE_MS;
  return isToken ? { ...token, requestedTick: performance.now() - elapsedMs } : undefined;
}
