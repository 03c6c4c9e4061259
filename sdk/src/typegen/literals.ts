/** What neither an editor nor an older compiler should meet: control characters, invisible ones, line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A string literal, for types and for names of properties. */
export function stringLiteral(text: string): string {
  return escapeUnprintable(JSON.stringify(text));
}

/**
 * The type of the scopes that a scope of an API stands for. `read:*` covers each scope that begins with `read:` where
 * scopes are granted, requested and required.
 */
export function scopeType(scope: string): string {
  if (!/^[^:]*:\*$/.test(scope)) return stringLiteral(scope);
  const prefix = scope.slice(0, -1).replace(/[\\`]|\$(?=\{)/g, "\\$&");
  return `\`${escapeUnprintable(prefix)}\${string}\``;
}

export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
