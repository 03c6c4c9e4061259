const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Removes what a command has on the disk for the time of its work, also if a signal ends it. */
export async function withCleanUp<T>(cleanUp: () => void, work: () => Promise<T>): Promise<T> {
  const stop = (signal: NodeJS.Signals) => {
    cleanUp();
    // As shells report it.
    process.exit(128 + SIGNALS[signal as keyof typeof SIGNALS]);
  };
  const names = Object.keys(SIGNALS) as NodeJS.Signals[];
  for (const name of names) process.on(name, stop);
  try {
    return await work();
  } finally {
    for (const name of names) process.off(name, stop);
    cleanUp();
  }
}
