import type { ReplayStore } from "./dpop-proof.js";

/** More proofs than a process sees in two minutes, unless somebody with a bound token sends them to push others out. */
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
