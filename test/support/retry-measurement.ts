const ATTEMPTS = 3;

/** Repeats a measurement of time that other load on the machine may disturb. Fails if all attempts fail. */
export async function retryMeasurement(measure: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await measure();
    } catch {
      // The next attempt decides.
    }
  }
  return measure();
}
