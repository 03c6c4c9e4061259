/** What a master key must be, and how to make one. */
export const MASTER_KEY_RULE =
  "32 bytes in base64 or base64url, such as the output of openssl rand -base64 32";

/** Reads a master key in base64 or base64url. White space around it does not count. Null: it is none. */
export function parseMasterKey(text: string): Uint8Array | null {
  const encoded = text.trim();
  const key = Buffer.from(encoded, "base64url");
  const isEncoded = /^(?:[\w-]+|[A-Za-z0-9+/]+)=?$/.test(encoded);
  return key.length === 32 && isEncoded ? new Uint8Array(key) : null;
}
