import type { Actor, Caller } from "./caller.js";
import type { JsonObject } from "./trusted-metadata.js";

/**
 * What a caller with `own_clients:write` holds itself: it passes on no more, and takes over only clients that hold no
 * more (ADR 0029).
 */
export interface HeldAuthority {
  /** Scopes for the project's own audience. */
  scopes: readonly string[];
  /** Access to APIs, by their ids. */
  grants: ReadonlyMap<string, HeldGrant>;
  /** Null: the API's or the project's. */
  accessTokenLifetimeSeconds: number | null;
  /** Whether tokens are bound to a key (RFC 9449), so that clients of the same owner may not have bearer tokens. */
  dpopBoundAccessTokens: boolean;
  /** Null: every grant. */
  grantTypes: readonly string[] | null;
  /** When all of it ends; null: it does not. */
  expiresAt: Date | null;
  /** Metadata that new clients inherit, as far as the project lists its keys. */
  trustedMetadata: JsonObject;
}

export interface HeldGrant {
  /** Scopes that the API defines. */
  scopes: readonly string[];
  /** Whether all scopes of the API are held, now and later. */
  allScopes: boolean;
  /** Null: the holder's, the API's or the project's. */
  accessTokenLifetimeSeconds: number | null;
}

/**
 * Reads what a caller holds, by `unitOfWork.read`. Where it limits a change, the caller's owner and the caller's own
 * client are locked before, so what it reads of them stays as it is until the commit.
 * @throws FORBIDDEN if the caller holds nothing any more
 */
export type ReadHeldAuthority = (caller: Caller) => Promise<HeldAuthority>;

/** By the kind of the caller; others hold nothing. */
export type HoldersOfAuthority = Readonly<Partial<Record<Actor["type"], ReadHeldAuthority>>>;
