import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import type { Clock } from "../../src/shared/clock.js";

export const ISSUER = "https://issuer.example.com";
export const AUDIENCE = "authenticated";

/** Somebody else's issuer: signs whatever a test wants it to say. */
export interface ForeignIssuer {
  algorithm: string;
  privateKey: CryptoKey;
  pem: string;
  jwk: JWK;
  /** A token with good claims, changed by `claims` (undefined leaves one out) and `header`. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

export async function foreignIssuer(clock: Clock, algorithm = "RS256"): Promise<ForeignIssuer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    algorithm,
    privateKey,
    pem: await exportSPKI(publicKey),
    jwk: await exportJWK(publicKey),
    token: async (claims = {}, header = {}) =>
      new SignJWT(goodClaims(clock, claims))
        .setProtectedHeader({ alg: algorithm, ...header })
        .sign(privateKey),
  };
}

export function goodClaims(clock: Clock, claims: Record<string, unknown> = {}) {
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

/** A token put together by hand, for what no library signs. */
export function handmade(header: object, payload: object, signature: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}
