const MIN_STEPS = 8;

/**
 * Whether a secret of at least 32 bytes was typed rather than generated: one character or one word over and over,
 * or the alphabet. Random digits pass, and so does every generated secret.
 */
export function isPredictable(secret: Uint8Array): boolean {
  const pairs = new Set<number>();
  const steps = new Set<number>();
  for (let index = 1; index < secret.length; index++) {
    const [left, right] = [secret[index - 1] ?? 0, secret[index] ?? 0];
    pairs.add(left * 256 + right);
    steps.add(right - left);
  }
  return pairs.size < secret.length / 2 || steps.size < MIN_STEPS;
}
