const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** Without a supervisor, SIGHUP stops the process instead of reloading workers. */
export const SINGLE_PROCESS_SIGNALS = [...SIGNALS, "SIGHUP"] as const;
/** npm forwards a signal that the terminal or service manager has also sent to the server. */
const SIGNAL_DEBOUNCE_MS = 250;

/**
 * Calls `stop` for each stop signal.
 * @param stop its argument is false for the first signal; a repetition within SIGNAL_DEBOUNCE_MS is ignored
 */
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
