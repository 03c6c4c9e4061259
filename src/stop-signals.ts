const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** For a process that has no others to replace it. */
export const SINGLE_PROCESS_SIGNALS = [...SIGNALS, "SIGHUP"] as const;
/** npm passes on what a terminal or a service manager has sent to the server as well. */
const SIGNAL_DEBOUNCE_MS = 250;

/** @param stop is told whether the order is a second one; a signal that comes twice at once is one */
export function onStopSignals(
  stop: (isRepeated: boolean) => void,
  signals: readonly NodeJS.Signals[] = SIGNALS,
): void {
  let firstSignalAt: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstSignalAt !== null && now - firstSignalAt < SIGNAL_DEBOUNCE_MS) return;
      const isRepeated = firstSignalAt !== null;
      firstSignalAt ??= now;
      stop(isRepeated);
    });
  }
}
