import { base64url } from "jose";

/** @returns base64url, as `ath`, `jkt` and `x5t#S256` have it */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
