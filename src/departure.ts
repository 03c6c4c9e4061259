/**
 * A process ends without losing a request: for a while it goes on serving, `/readyz` sends whoever
 * polls it elsewhere, and each answer ends its connection (RFC 9112 section 9.6). Connections that are
 * idle are not closed meanwhile: a request may be on its way on them.
 */
export class Departure {
  #isUnderWay = false;
  #isReplaced = false;

  /** @param options.isReplaced another process serves at the same address already, which stays ready */
  begin({ isReplaced = false } = {}): void {
    this.#isUnderWay = true;
    this.#isReplaced = isReplaced;
  }

  get endsConnections(): boolean {
    return this.#isUnderWay;
  }

  get leavesAddress(): boolean {
    return this.#isUnderWay && !this.#isReplaced;
  }
}
