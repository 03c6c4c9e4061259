import type { ReplayStore } from "./dpop-proof.js";

/** More proofs than a process can verify within the minute in which each is fresh. */
const MAX_PROOFS = 200_000;

/** Used proofs in the memory of this process. */
export class ReplayMemory implements ReplayStore {
  readonly #expiries = new Map<string, number>();

  consume(key: string, expiresAt: Date): boolean {
    const now = Date.now();
    // They are nearly in the order of their ends.
    for (const [oldest, expiry] of this.#expiries) {
      if (expiry > now && this.#expiries.size < MAX_PROOFS) break;
      this.#expiries.delete(oldest);
    }
    if (this.#expiries.has(key)) return false;
    this.#expiries.set(key, expiresAt.getTime());
    return true;
  }
}
