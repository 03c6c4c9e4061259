/** One secret or several, the best first. A function is called for each request, so that a change needs no restart. */
export type SecretSource =
  | string
  | (() => string | readonly string[] | Promise<string | readonly string[]>);

/**
 * @param option the name of the source
 * @returns the secrets, each once and without the line break of a file
 * @throws TypeError where there is none
 */
export async function currentSecrets(
  source: SecretSource,
  option: string,
): Promise<readonly [string, ...string[]]> {
  const given = typeof source === "function" ? await source() : source;
  const trimmed = [given].flat().map((secret) => secret?.trimEnd());
  const [first, ...others] = new Set(trimmed.filter((secret) => !!secret));
  if (first === undefined) throw new TypeError(`${option} has no secret`);
  return [first, ...others];
}
