import { type CryptoKey, exportJWK, exportSPKI, FlattenedSign, type JWK, SignJWT } from "jose";
import type { Clock } from "../../src/shared/clock.js";
import { keyPair } from "../support/key-pairs.js";

export const ISSUER = "https://issuer.example.com";
export const AUDIENCE = "authenticated";

/** An external issuer, which signs any claims that a test needs. */
export interface ForeignIssuer {
  algorithm: string;
  privateKey: CryptoKey;
  pem: string;
  jwk: JWK;
  /** A token with valid claims, changed by `claims` (undefined removes one) and `header`. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

export async function foreignIssuer(clock: Clock, algorithm = "RS256"): Promise<ForeignIssuer> {
  const { privateKey, publicKey } = await keyPair(algorithm);
  return {
    algorithm,
    privateKey,
    pem: await exportSPKI(publicKey),
    jwk: await exportJWK(publicKey),
    token: async (claims = {}, header = {}) =>
      new SignJWT(validClaims(clock, claims))
        .setProtectedHeader({ alg: algorithm, ...header })
        .sign(privateKey),
  };
}

export function validClaims(clock: Clock, claims: Record<string, unknown> = {}) {
  const now = Math.floor(clock.now().getTime() / 1000);
  const all: Record<string, unknown> = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "user-1",
    email: "ada@example.com",
    session_id: "foreign-session-1",
    iat: now,
    exp: now + 300,
    ...claims,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Assembles a token that no library would sign. */
export function unsignedJwt(header: object, payload: object, signature: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}

/** Signs a payload unchanged, even if a library would refuse it. */
export async function signAnything(
  issuer: ForeignIssuer,
  payload: unknown,
  header: object = {},
): Promise<string> {
  return signText(issuer, JSON.stringify(payload), header);
}

/** Signs text, which may be malformed JSON. */
export async function signText(
  issuer: ForeignIssuer,
  text: string | Uint8Array,
  header: object = {},
): Promise<string> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const jws = await new FlattenedSign(bytes)
    .setProtectedHeader({ alg: issuer.algorithm, ...header })
    .sign(issuer.privateKey);
  return `${jws.protected}.${jws.payload}.${jws.signature}`;
}

/** Signs parts that are already encoded. */
export async function signParts(issuer: ForeignIssuer, header: string, payload: string) {
  const signed = `${header}.${payload}`;
  const signature = await crypto.subtle.sign(
    "RSASSA-PKCS1-v1_5",
    issuer.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}
