const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** For a process that has no others to replace it. */
export const SIGNALS_TO_ONE = [...SIGNALS, "SIGHUP"] as const;
/** npm passes on what a terminal or a service manager has sent to the server as well. */
const ONE_ORDER_MS = 250;

/** @param stop is told whether the order is a second one; a signal that comes twice at once is one */
export function onStopSignals(
  stop: (isSecond: boolean) => void,
  signals: readonly NodeJS.Signals[] = SIGNALS,
): void {
  let orderedAt: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      const now = performance.now();
      if (orderedAt !== null && now - orderedAt < ONE_ORDER_MS) return;
      const isSecond = orderedAt !== null;
      orderedAt ??= now;
      stop(isSecond);
    });
  }
}
