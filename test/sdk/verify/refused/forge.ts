import { createHmac, KeyObject, sign } from "node:crypto";
import { type CryptoKey, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";

/** Titles and tokens. */
export type Faults = Record<string, string>;

export interface Forge {
  /** An access token of the server, and its parts. */
  valid: string;
  header: Record<string, unknown>;
  claims: JWTPayload;
  /** The server's own key, which signs what only one fault may make invalid. */
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** A key that the issuer does not know. */
  attackersKey: KeyObject;
  attackersPublicKey: KeyObject;
  /**
   * RS256, whatever the header says. An undefined value removes the member; a text is taken as it is.
   * @param key default: the server's
   */
  forge(claims: object | string, header?: object | string, key?: KeyObject): string;
}

export const encode = (part: object | string) =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

export const partsOf = (token: string) => token.split(".") as [string, string, string];

export function createForge(
  valid: string,
  keys: { privateKey: CryptoKey; publicKey: CryptoKey },
  attackers: { privateKey: CryptoKey; publicKey: CryptoKey },
): Forge {
  const header = { ...decodeProtectedHeader(valid) };
  const claims = decodeJwt(valid);
  const privateKey = KeyObject.from(keys.privateKey);
  const withChanges = (members: object, changes: object | string) =>
    typeof changes === "string" ? changes : { ...members, ...changes };
  return {
    valid,
    header,
    claims,
    privateKey,
    publicKey: KeyObject.from(keys.publicKey),
    attackersKey: KeyObject.from(attackers.privateKey),
    attackersPublicKey: KeyObject.from(attackers.publicKey),
    forge: (claimChanges, headerChanges = {}, key = privateKey) => {
      const signed = [withChanges(header, headerChanges), withChanges(claims, claimChanges)]
        .map(encode)
        .join(".");
      return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
    },
  };
}

/** @param hash such as `sha256` */
export function withMac(header: object, payload: string, hash: string, secret: string | Buffer) {
  const signed = `${encode(header)}.${payload}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}
