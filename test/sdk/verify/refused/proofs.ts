import { createHash, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { ClientKey } from "../../../oauth/oauth-operations.js";

/** Method and URL of a request to a resource server, as its client sees them. */
export interface RequestTarget {
  httpMethod: string;
  url: string;
}

/** The DPoP header of a request. Each call makes another proof. */
export type MakeProof = (target: RequestTarget) => Promise<string>;

const MINUTE = 60;

export interface ProofMaker {
  right: MakeProof;
  /** Titles, and proofs with one fault each (RFC 9449 section 4.3). */
  wrong: Record<string, MakeProof>;
}

/** @param key that the token is bound to @param another key of the same kind */
export function proofsFor(
  accessToken: string,
  key: ClientKey,
  another: ClientKey,
  privateJwkOfRsa: object,
): ProofMaker {
  const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");
  const proof =
    (
      claims: (target: RequestTarget, now: number) => object = () => ({}),
      header: object = {},
      signer = key,
    ): MakeProof =>
    async (target) => {
      const now = Math.floor(Date.now() / 1000);
      const right = {
        htm: target.httpMethod,
        htu: target.url,
        iat: now,
        jti: randomUUID(),
        ath: hashOf(accessToken),
      };
      const members = { alg: "ES256", typ: "dpop+jwt", jwk: key.jwk, ...header };
      // Members that are undefined are left out.
      const [payload, protectedHeader] = [{ ...right, ...claims(target, now) }, members].map(
        (part) => JSON.parse(JSON.stringify(part)),
      );
      return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(signer.privateKey);
    };
  const url = (change: (target: URL) => void) =>
    proof((target) => {
      const changed = new URL(target.url);
      change(changed);
      return { htu: changed.href };
    });
  const text =
    (change: (right: string) => string): MakeProof =>
    async (target) =>
      change(await proof()(target));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const withHeader = (header: object) =>
    text((right) => {
      const [, payload, signature] = right.split(".");
      return [
        part({ typ: "dpop+jwt", alg: "ES256", jwk: key.jwk, ...header }),
        payload,
        signature,
      ].join(".");
    });

  return {
    right: proof(),
    wrong: {
      "for another method": proof(() => ({ htm: "DELETE" })),
      "for the method in lower case": proof(({ httpMethod }) => ({
        htm: httpMethod.toLowerCase(),
      })),
      "without htm": proof(() => ({ htm: undefined })),
      "with htm in a list": proof(({ httpMethod }) => ({ htm: [httpMethod] })),
      "for another path": url((target) => {
        target.pathname += "/more";
      }),
      "for the path in upper case": url((target) => {
        target.pathname = "/ORDERS";
      }),
      "for another host": url((target) => {
        target.hostname = "attacker.example.com";
      }),
      "for another port": url((target) => {
        target.port = "8";
      }),
      "for another scheme": proof(({ url: right }) => ({
        htu: right.startsWith("https:")
          ? right.replace("https:", "http:")
          : right.replace("http:", "https:"),
      })),
      "for a path without a host": proof(({ url: right }) => ({ htu: new URL(right).pathname })),
      "for no URL": proof(() => ({ htu: "" })),
      "for a URL in a list": proof(({ url: right }) => ({ htu: [right] })),
      "without htu": proof(() => ({ htu: undefined })),
      "without ath": proof(() => ({ ath: undefined })),
      "with an empty ath": proof(() => ({ ath: "" })),
      "with the ath of another token": proof(() => ({ ath: hashOf("another") })),
      "with the token in ath": proof(() => ({ ath: accessToken })),
      "of two minutes ago": proof((_, now) => ({ iat: now - 2 * MINUTE })),
      "of two minutes ahead": proof((_, now) => ({ iat: now + 2 * MINUTE })),
      "with iat as a text": proof((_, now) => ({ iat: String(now) })),
      "without iat": proof(() => ({ iat: undefined })),
      "that has expired": proof((_, now) => ({ exp: now - MINUTE })),
      "that is not yet valid": proof((_, now) => ({ nbf: now + 2 * MINUTE })),
      "without jti": proof(() => ({ jti: undefined })),
      "with an empty jti": proof(() => ({ jti: "" })),
      "with a number for jti": proof(() => ({ jti: 1 })),
      "with a long jti": proof(() => ({ jti: "j".repeat(256) })),
      "of another typ": proof(undefined, { typ: "JWT" }),
      "of the typ of an access token": proof(undefined, { typ: "at+jwt" }),
      "without typ": proof(undefined, { typ: undefined }),
      "by another key": proof(undefined, { jwk: another.jwk }, another),
      "by another key with the right jwk": proof(undefined, {}, another),
      "with the private key in jwk": proof(undefined, { jwk: key.privateJwk }),
      "without jwk": proof(undefined, { jwk: undefined }),
      "with jwk null": withHeader({ jwk: null }),
      "with jwk as a text": withHeader({ jwk: JSON.stringify(key.jwk) }),
      "with a symmetric jwk": withHeader({ alg: "HS256", jwk: { kty: "oct", k: "AAAA" } }),
      "with the key of another kind": withHeader({ jwk: privateJwkOfRsa }),
      "with crit": withHeader({ crit: ["urn:example"], "urn:example": 1 }),
      "with alg none": withHeader({ alg: "none" }),
      "with alg HS256": withHeader({ alg: "HS256" }),
      "with alg ES384": withHeader({ alg: "ES384" }),
      "with changed claims": text((right) => {
        const [header, , signature] = right.split(".");
        return `${header}.${part({ jti: randomUUID() })}.${signature}`;
      }),
      "without a signature": text((right) => `${right.slice(0, right.lastIndexOf("."))}.`),
      "with a space behind it": text((right) => `${right} x`),
      "that is the access token": async () => accessToken,
      "that is no JWT": async () => "proof",
      "that is too long": proof(() => ({ long: "a".repeat(8192) })),
      "twice in one header": text((right) => `${right}, ${right}`),
    },
  };
}

/** The proof of a client to the token endpoint, with its nonce (RFC 9449 section 8). */
export function tokenEndpointProof(url: string, key: ClientKey, nonce?: string | null) {
  return new SignJWT({ htm: "POST", htu: url, jti: randomUUID(), ...(nonce && { nonce }) })
    .setProtectedHeader({ alg: key.algorithm, typ: "dpop+jwt", jwk: key.jwk })
    .setIssuedAt()
    .sign(key.privateKey);
}
