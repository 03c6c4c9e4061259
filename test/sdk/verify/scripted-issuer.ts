import { randomUUID } from "node:crypto";
import { jest } from "@jest/globals";
import { type CryptoKey, exportJWK, type JWK, SignJWT } from "jose";
import { keyPair } from "../../support/key-pairs.js";

export const AUDIENCE = "https://api.example.com";
const CLIENT_ID = "client_1";

/** Fakes the date alone: signatures and answers take their own time. */
export function fakeDate(): void {
  jest.useFakeTimers({
    now: new Date("2026-12-01T00:00:00Z"),
    doNotFake: [
      ...(["setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const),
      ...(["setImmediate", "clearImmediate", "nextTick", "queueMicrotask"] as const),
      ...(["performance", "hrtime"] as const),
    ],
  });
}

export function advance(seconds: number): void {
  jest.setSystemTime(Date.now() + seconds * 1000);
}

export type Answer = () => Response | Promise<Response>;

/** An issuer whose answers a test decides, and whose requests it counts. */
export class ScriptedIssuer {
  /** The keys that it serves. */
  served: JWK[] = [];
  headers: Record<string, string> = { "cache-control": "public, max-age=300" };
  /** Instead of the key set. */
  answer: Answer | null = null;
  readonly requests: { url: string; init: RequestInit }[] = [];
  readonly #privateKeys = new Map<string, { key: CryptoKey; algorithm: string }>();

  constructor(readonly issuer = "https://auth.example.com/projects/project_1") {}

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests.push({ url, init });
    if (this.answer) return this.answer();
    return Response.json({ keys: this.served }, { headers: this.headers });
  };

  /** Makes a key, and serves it. */
  async createKey(kid: string, algorithm = "ES256"): Promise<JWK> {
    const { privateKey, publicKey } = await keyPair(algorithm);
    this.#privateKeys.set(kid, { key: privateKey, algorithm });
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
    this.served.push(jwk);
    return jwk;
  }

  async token(kid: string, claims: object = {}, header: object = {}): Promise<string> {
    const { key, algorithm } = this.#privateKeys.get(kid) ?? {};
    if (!key || !algorithm) throw new Error(`no key ${kid}`);
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now, exp: now + 3600, jti: randomUUID() };
    const subject = { iss: this.issuer, sub: CLIENT_ID, client_id: CLIENT_ID, aud: AUDIENCE };
    return new SignJWT({ ...subject, ...times, scope: "read:orders", ...claims })
      .setProtectedHeader({ alg: algorithm, kid, typ: "at+jwt", ...header })
      .sign(key);
  }

  get options() {
    return { issuer: this.issuer, audience: AUDIENCE, fetch: this.fetch };
  }
}

/** Nobody answers. */
export const unreachable: Answer = () => Promise.reject(new TypeError("fetch failed"));
