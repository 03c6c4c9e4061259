/**
 * A misspelt option must not pass for one that is absent: `scope` in place of `scopes` would let every token in, and
 * `allowedOrigin` in place of `allowedOrigins` a token go anywhere.
 * JavaScript's callers have no types to hold them.
 * @throws TypeError
 */
export function assertOptionNames(options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new TypeError(`There is no option \`${name}\`. There are: ${names.join(", ")}`);
    }
  }
}
