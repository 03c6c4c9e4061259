import { writeSync } from "node:fs";
import pino from "pino";

/** A batch is written after this delay, or when the next line would exceed this size. */
const MAX_DELAY_MS = 100;
const BATCH_BYTES = 64 * 1024;
/** PIPE_BUF of Linux: workers share a pipe, which takes so many bytes as a whole or not at all (write(2)). */
const SHARED_BATCH_BYTES = 4096;
/** While the reader stands still, lines wait in memory up to this size. Later ones are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Errors may fill this much more. */
const ERROR_RESERVE_BYTES = 256 * 1024;
const RETRY_MS = 20;
/** An exit waits so long for the reader. */
const EXIT_WAIT_MS = 1_000;
const EXIT_RETRY_MS = 5;

/** Makes pino set `lastLevel` of the stream before it writes a line. */
const METADATA = Symbol.for("pino.metadata");
const ERROR_LEVEL = 50;

/**
 * Writes log lines to standard output in batches. A system call for each line would take 5 % of the time
 * that a token takes. A reader that stops reading a pipe stops nothing else: lines wait, then they are
 * dropped and counted, and one line says so when the reader goes on. An exit of the process, also by an
 * exception, writes what waits.
 * @param options.isShared other processes write to it too, and no line may end within one of theirs
 */
export function batchedStandardOutput({ isShared }: { isShared: boolean }): pino.DestinationStream {
  // Node.js makes a pipe or socket non-blocking when it opens the stream. Then a full one is EAGAIN.
  return new BatchedOutput(process.stdout.fd, isShared ? SHARED_BATCH_BYTES : BATCH_BYTES);
}

class BatchedOutput implements pino.DestinationStream {
  readonly [METADATA] = true;
  lastLevel = 0;

  #batch = "";
  #batchBytes = 0;
  #sealed: Buffer[] = [];
  /** Bytes of the batch and of all sealed ones. */
  #waitingBytes = 0;
  #dropped = 0;
  #isWriteDue = false;
  readonly #log = pino({}, this);

  constructor(
    private readonly descriptor: number,
    private readonly maxBatchBytes: number,
  ) {
    process.on("exit", () => this.#writeBeforeExit());
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    const reserve = this.lastLevel >= ERROR_LEVEL ? ERROR_RESERVE_BYTES : 0;
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES + reserve) {
      this.#dropped++;
      return;
    }
    if (this.#batchBytes + bytes > this.maxBatchBytes) this.#writeWaiting();
    this.#batch += line;
    this.#batchBytes += bytes;
    this.#waitingBytes += bytes;
    this.#writeLater(MAX_DELAY_MS);
  }

  #writeLater(delay: number): void {
    if (this.#isWriteDue) return;
    this.#isWriteDue = true;
    setTimeout(() => {
      this.#isWriteDue = false;
      this.#writeWaiting();
    }, delay).unref();
  }

  #writeWaiting(): void {
    if (this.#batch !== "") this.#sealed.push(Buffer.from(this.#batch));
    this.#batch = "";
    this.#batchBytes = 0;
    for (let first = this.#sealed[0]; first; first = this.#sealed[0]) {
      const written = this.#write(first);
      // A pipe that is full, or a file whose disk is.
      if (written === 0) {
        this.#writeLater(RETRY_MS);
        return;
      }
      this.#waitingBytes -= written;
      if (written < first.length) this.#sealed[0] = first.subarray(written);
      else this.#sealed.shift();
    }
    this.#reportDropped();
  }

  /** @returns the number of bytes that are done with */
  #write(bytes: Buffer): number {
    try {
      return writeSync(this.descriptor, bytes);
    } catch (error) {
      const isReaderGone = (error as NodeJS.ErrnoException).code === "EPIPE";
      return isReaderGone ? bytes.length : 0;
    }
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const lost = this.#dropped;
    this.#dropped = 0;
    this.#log.warn({ lost }, "the log was not read: lines were dropped");
  }

  #writeBeforeExit(): void {
    const deadline = performance.now() + EXIT_WAIT_MS;
    this.#writeWaiting();
    while (this.#waitingBytes > 0 && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_RETRY_MS);
      this.#writeWaiting();
    }
  }
}
