/**
 * Holds what a shutdown without lost requests needs to know. While draining, the process keeps serving,
 * `/readyz` fails so that load balancers move on, and each response closes its connection (RFC 9112 section
 * 9.6). Idle connections stay open, because a request may be on its way on them.
 */
export class ShutdownState {
  #isDraining = false;
  #replacedByNewWorker = false;

  /** @param options.replacedByNewWorker a new worker serves the same address, so `/readyz` stays ready */
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
