import {
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { CompactSign, compactVerify, generateKeyPair } from "jose";
import { ALGORITHMS, type Algorithm } from "../../../src/key-sets/public-key.js";
import { verifyJws } from "../../../src/key-sets/verify-jws.js";

const PAYLOAD = JSON.stringify({ iss: "https://issuer.example", sub: "someone" });

interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const keyPairs = new Map<Algorithm, KeyPair>();
const keysOf = (alg: Algorithm) => keyPairs.get(alg) as KeyPair;

beforeAll(() => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync("ed25519");
  const pairs = {
    RS: rsa,
    PS: rsa,
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
    ES512: generateKeyPairSync("ec", { namedCurve: "P-521" }),
    Ed: ed25519,
  };
  for (const alg of ALGORITHMS) {
    const [, pair] = Object.entries(pairs).find(([prefix]) => alg.startsWith(prefix)) ?? [];
    keyPairs.set(alg, pair as KeyPair);
  }
});

const signWithJose = (alg: Algorithm, payload = PAYLOAD) =>
  new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg })
    .sign(keysOf(alg).privateKey);

/** What jose says of the same token and key. */
const verifyWithJose = (token: string, alg: Algorithm, key: KeyObject) =>
  compactVerify(token, key, { algorithms: [alg] }).then(
    () => true,
    () => false,
  );

describe.each(ALGORITHMS)("a signature with %s", (alg) => {
  test("of jose is verified with its key", async () => {
    expect(verifyJws(await signWithJose(alg), alg, keysOf(alg).publicKey)).toBe(true);
  });

  test("is refused for other contents, another key and any change of itself", async () => {
    const { publicKey } = keysOf(alg);
    const token = await signWithJose(alg);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const other = (await signWithJose(alg, `${PAYLOAD} `)).split(".");
    const bytes = Buffer.from(signature, "base64url");
    const changed = (change: (bytes: Buffer) => Uint8Array) =>
      Buffer.from(change(Buffer.from(bytes))).toString("base64url");
    const signatures = {
      "of other contents": other[2] ?? "",
      empty: "",
      "one bit": changed((copy) => copy.fill((copy[9] ?? 0) ^ 1, 9, 10)),
      "one byte less": changed((copy) => copy.subarray(1)),
      "one byte more": changed((copy) => Buffer.concat([copy, Buffer.from([0])])),
      "zero byte before": changed((copy) => Buffer.concat([Buffer.from([0]), copy])),
      zeros: changed((copy) => copy.fill(0)),
      ones: changed((copy) => copy.fill(255)),
    };
    for (const [name, text] of Object.entries(signatures)) {
      const forged = `${header}.${payload}.${text}`;
      expect([name, verifyJws(forged, alg, publicKey)]).toEqual([name, false]);
      expect([name, await verifyWithJose(forged, alg, publicKey)]).toEqual([name, false]);
    }
    for (const input of [`${header}.${other[1]}`, `${header}A.${payload}`, header, ".", ""]) {
      expect([input, verifyJws(`${input}.${signature}`, alg, publicKey)]).toEqual([input, false]);
    }
    const stranger = await generateKeyPair(alg, { extractable: true });
    const key = createPublicKey({
      key: (await crypto.subtle.exportKey("jwk", stranger.publicKey)) as JsonWebKey,
      format: "jwk",
    });
    expect(verifyJws(token, alg, key)).toBe(false);
  });

  test("has one encoding", async () => {
    const { publicKey } = keysOf(alg);
    const token = await signWithJose(alg);
    const start = token.lastIndexOf(".") + 1;
    const signature = token.slice(start);
    const base64 = Buffer.from(signature, "base64url").toString("base64");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(signature.at(-1) ?? "");
    const encodings = [`${signature}=`, ` ${signature}`, `${signature}\n`, `${signature}!`];
    if (base64 !== signature) encodings.push(base64);
    // The last character of a length that is no multiple of four has unused bits.
    if (signature.length % 4 !== 0) {
      encodings.push(signature.slice(0, -1) + alphabet.charAt(last ^ 1));
    }
    for (const encoding of encodings) {
      const same = token.slice(0, start) + encoding;
      expect([encoding, verifyJws(same, alg, publicKey)]).toEqual([encoding, false]);
    }
  });

  test("is verified with no key of another algorithm", async () => {
    const token = await signWithJose(alg);
    const fits = (other: Algorithm) => keysOf(other).publicKey.equals(keysOf(alg).publicKey);
    for (const other of ALGORITHMS.filter((name) => !fits(name))) {
      expect(() => verifyJws(token, alg, keysOf(other).publicKey)).toThrow(TypeError);
    }
  });
});

test("RSA padding and digest are those of the algorithm alone", async () => {
  const rsa = ALGORITHMS.filter((alg) => /^[RP]S/.test(alg));
  for (const alg of rsa) {
    const token = await signWithJose(alg);
    const accepted = rsa.filter((other) => verifyJws(token, other, keysOf(other).publicKey));
    expect(accepted).toEqual([alg]);
  }
});

test("PSS has a salt as long as its digest", () => {
  const { privateKey, publicKey } = keysOf("PS256");
  const input = "eyJhbGciOiJQUzI1NiJ9.e30";
  for (const saltLength of [0, 20, 31, 33, 64]) {
    const signature = sign("sha256", Buffer.from(input), {
      key: privateKey,
      padding: 6,
      saltLength,
    });
    const token = `${input}.${signature.toString("base64url")}`;
    expect(verifyJws(token, "PS256", publicKey)).toBe(false);
  }
});

test("ECDSA has the form of RFC 7518, not DER", () => {
  const { privateKey, publicKey } = keysOf("ES256");
  const input = "eyJhbGciOiJFUzI1NiJ9.e30";
  const der = sign("sha256", Buffer.from(input), privateKey).toString("base64url");
  expect(verifyJws(`${input}.${der}`, "ES256", publicKey)).toBe(false);
});

test("an RSA key needs 2048 bits", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const input = "eyJhbGciOiJSUzI1NiJ9.e30";
  const signature = sign("sha256", Buffer.from(input), privateKey).toString("base64url");
  expect(() => verifyJws(`${input}.${signature}`, "RS256", publicKey)).toThrow(TypeError);
});

test("private and symmetric keys verify nothing", async () => {
  const token = await signWithJose("RS256");
  expect(() => verifyJws(token, "RS256", keysOf("RS256").privateKey)).toThrow(TypeError);
});

test("characters beyond ASCII are not read as others", async () => {
  const token = await signWithJose("EdDSA");
  const [first = ""] = token;
  // Its lower byte is that of the character in its place.
  const lookalike = String.fromCharCode(first.charCodeAt(0) + 0x100) + token.slice(1);
  expect(verifyJws(lookalike, "EdDSA", keysOf("EdDSA").publicKey)).toBe(false);
});
