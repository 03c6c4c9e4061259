/**
 * A process ends without losing a request: for a while it goes on serving, `/readyz` sends whoever
 * polls it elsewhere, and each answer ends its connection (RFC 9112 section 9.6). Connections that are
 * idle are not closed meanwhile: a request may be on its way on them.
 */
export class ShutdownState {
  #isDraining = false;
  #replacedByNewWorker = false;

  /** @param options.replacedByNewWorker another process serves at the same address already, which stays ready */
  startDraining({ replacedByNewWorker = false } = {}): void {
    this.#isDraining = true;
    this.#replacedByNewWorker = replacedByNewWorker;
  }

  get closesConnections(): boolean {
    return this.#isDraining;
  }

  get isUnready(): boolean {
    return this.#isDraining && !this.#replacedByNewWorker;
  }
}
