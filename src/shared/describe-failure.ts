/** An unexpected failure for the log: class, code and stack; not the message, which may quote values. */
export function describeFailure(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } =
    (error as { driverError?: { code?: unknown } }).driverError ?? (error as { code?: unknown });
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: error.name, code, stack: frames.join("\n") };
}
