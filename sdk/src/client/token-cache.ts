import { decodeJwt } from "jose";
import { BoundedMap } from "../shared/bounded-map.js";
import { sha256 } from "../shared/sha256.js";
import { CachedToken } from "./cached-token.js";
import type { Dpop } from "./dpop.js";
import { type HeldToken, isOlderThan, usableMs } from "./held-token.js";
import type { TokenRequest, TokenSourceOptions } from "./options.js";
import { TokenClient } from "./token-client.js";
import { readToken, writeToken } from "./token-store.js";

/** Audiences and scopes may be what others choose. */
const MAX_TOKENS = 1000;
/** A stored token that is as old as this does not replace the one that is to be renewed. */
const MAX_STORED_SHARE = 0.7;

/** The tokens of one source, by audience and scopes: all else is the same for the whole source. */
export class TokenCache {
  readonly #options: TokenSourceOptions;
  readonly #dpop: Dpop | undefined;
  readonly #client: TokenClient;
  readonly #tokens = new BoundedMap<string, CachedToken>(MAX_TOKENS);

  constructor(options: TokenSourceOptions, dpop: Dpop | undefined) {
    this.#options = options;
    this.#dpop = dpop;
    this.#client = new TokenClient(options, dpop);
  }

  async get(request: TokenRequest, refusedToken: string | undefined): Promise<HeldToken> {
    const key = JSON.stringify([request.audience, [...new Set(request.scopes)].sort()]);
    const token =
      this.#tokens.get(key) ??
      new CachedToken((refused) => this.#load(key, request, refused), this.#options);
    this.#tokens.set(key, token);
    return token.get(refusedToken);
  }

  async #load(
    key: string,
    request: TokenRequest,
    refusedToken: string | undefined,
  ): Promise<HeldToken> {
    const { store } = this.#options;
    const workloadToken = await this.#options.workloadToken?.();
    if (!store) return this.#client.request(request, workloadToken);
    const storeKey = await this.#storeKey(key, workloadToken);
    const stored = await readToken(store, storeKey);
    if (stored && stored.accessToken !== refusedToken && usableMs(stored) > 0) {
      const replaces = refusedToken === undefined || !isOlderThan(stored, MAX_STORED_SHARE);
      if (replaces) return stored;
    }
    const token = await this.#client.request(request, workloadToken);
    await writeToken(store, storeKey, token);
    return token;
  }

  /** All that a token depends on: a store may serve several sources. */
  async #storeKey(key: string, workloadToken: string | undefined): Promise<string> {
    const { clientId, parameters } = this.#options;
    const workload = workloadToken === undefined ? undefined : decodeJwt(workloadToken);
    return sha256(
      JSON.stringify([
        this.#client.endpoint.href,
        clientId,
        key,
        Object.entries(parameters ?? {}).sort(),
        await this.#dpop?.thumbprint(),
        workload?.iss,
        workload?.sub,
      ]),
    );
  }
}
