import pino from "pino";

/** Log lines may wait so long, or until there are this many bytes of them. */
const MAX_DELAY_MS = 100;
const BATCH_BYTES = 4096;

/**
 * Standard output, written to a batch at a time: a system call for each line would be a twentieth of
 * what a token costs. Nothing is left behind by a process that ends in order, or by an exception.
 */
export function batchedStandardOutput(): pino.DestinationStream {
  const stream = pino.destination({
    sync: true,
    minLength: BATCH_BYTES,
    periodicFlush: MAX_DELAY_MS,
  });
  // Not flushSync, which tries for ever where nobody reads any more.
  process.on("exit", () => stream.flush());
  return stream;
}
