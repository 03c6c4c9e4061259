import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  createVerifier,
  type PossessionProof,
  type VerifierOptions,
} from "@countersign/sdk/verify";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from "@jest/globals";
import { calculateJwkThumbprint, decodeJwt, exportJWK } from "jose";
import { type ClientKey, clientKey } from "../../oauth/oauth-operations.js";
import { CertificateFactory } from "../../support/certificates.js";
import { keyPair } from "../../support/key-pairs.js";
import { proofsFor } from "./refused/proofs.js";
import { advance, fakeDate, ScriptedIssuer } from "./scripted-issuer.js";

const TARGET = { httpMethod: "GET", url: "https://api.example.com/orders?page=2#top" };

describe("possession of the key that a token is bound to", () => {
  let issuer: ScriptedIssuer;
  let key: ClientKey;
  let folder: string;
  let pem: string;
  let anotherPem: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "possession-"));
    const certificates = new CertificateFactory(folder);
    pem = readFileSync(certificates.authority("client").certificateFile, "utf8");
    anotherPem = readFileSync(certificates.authority("other").certificateFile, "utf8");
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    fakeDate();
    issuer = new ScriptedIssuer();
    await issuer.createKey("key_1");
    key = await clientKey();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const verifierWith = (options: Partial<VerifierOptions> = {}) => {
    const verifier = createVerifier({ ...issuer.options, ...options });
    return (token: string, proof?: PossessionProof) =>
      verifier.verifyAccessToken(token, proof && { proof });
  };
  const jkt = async () => calculateJwkThumbprint(key.jwk);
  const bound = async (cnf?: object) => issuer.token("key_1", { cnf: cnf ?? { jkt: await jkt() } });
  const rightProof = async (token: string) => {
    const { publicKey } = await keyPair("RS256");
    const { right } = proofsFor(token, key, await clientKey(), await exportJWK(publicKey));
    return { dpop: { proof: await right(TARGET), ...TARGET } };
  };
  const x5t = (certificate: string) =>
    createHash("sha256").update(new X509Certificate(certificate).raw).digest("base64url");
  const BOUND = { code: "BOUND", status: 401 };

  describe("by a DPoP proof (RFC 9449)", () => {
    test("tells the key", async () => {
      const token = await bound();
      const { confirmation } = await verifierWith()(token, await rightProof(token));
      expect(confirmation).toEqual({ jkt: await jkt() });
    });

    test("is shown by each proof once, for as long as it is fresh", async () => {
      const verify = verifierWith();
      const token = await bound();
      const proof = await rightProof(token);
      await verify(token, proof);
      for (let second = 0; second < 60; second += 20) {
        await expect(verify(token, proof)).rejects.toMatchObject({ code: "PROOF_REPLAYED" });
        advance(20);
      }
      await expect(verify(token, proof)).rejects.toMatchObject({ code: "PROOF_REPLAYED" });
      advance(1);
      await expect(verify(token, proof)).rejects.toMatchObject({ code: "PROOF" });
    });

    test("is remembered where the application says", async () => {
      const used = new Map<string, Date>();
      const consume = async (name: string, expiresAt: Date) => {
        if (used.has(name)) return false;
        used.set(name, expiresAt);
        return true;
      };
      const processes = [0, 1].map(() => verifierWith({ dpop: { replayStore: { consume } } }));
      const token = await bound();
      const proof = await rightProof(token);
      await processes[0]?.(token, proof);
      await expect(processes[1]?.(token, proof)).rejects.toMatchObject({ code: "PROOF_REPLAYED" });
      const { jti } = decodeJwt(proof.dpop.proof);
      expect([...used]).toEqual([[`${await jkt()}.${jti}`, new Date(Date.now() + 61_000)]]);
    });

    test("is refused without a nonce where the application asks for one", async () => {
      const nonces: unknown[] = [];
      const verifyNonce = (nonce: string | undefined) => nonces.push(nonce) > 1;
      const verify = verifierWith({ dpop: { verifyNonce } });
      const token = await bound();
      await expect(verify(token, await rightProof(token))).rejects.toMatchObject({
        code: "PROOF_NONCE",
        status: 401,
      });
      await verify(token, await rightProof(token));
      expect(nonces).toEqual([undefined, undefined]);
    });

    test("does not belong to an unbound token", async () => {
      const token = await issuer.token("key_1");
      const proof = await rightProof(token);
      await expect(verifierWith()(token, proof)).rejects.toMatchObject({ code: "NOT_BOUND" });
    });
  });

  describe("by a client certificate (RFC 8705)", () => {
    test("is shown by its PEM, a chain of PEM, and its DER", async () => {
      const token = await bound({ "x5t#S256": x5t(pem) });
      const verify = verifierWith();
      const der = new X509Certificate(pem).raw;
      for (const clientCertificate of [pem, pem + anotherPem, der, new Uint8Array(der)]) {
        const { confirmation } = await verify(token, { clientCertificate });
        expect(confirmation).toEqual({ x5tS256: x5t(pem) });
      }
    });

    test("is not shown by another one, by none, or by what is no certificate", async () => {
      const token = await bound({ "x5t#S256": x5t(pem) });
      const verify = verifierWith();
      await expect(verify(token)).rejects.toMatchObject(BOUND);
      const broken = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----";
      for (const clientCertificate of [
        anotherPem,
        anotherPem + pem,
        "",
        "AAAA",
        broken,
        new Uint8Array(),
      ]) {
        await expect(verify(token, { clientCertificate })).rejects.toMatchObject(BOUND);
      }
    });

    test("matters to tokens alone that are bound to one", async () => {
      const token = await issuer.token("key_1");
      await verifierWith()(token, { clientCertificate: pem });
      const dpopBound = await bound();
      await expect(verifierWith()(dpopBound, { clientCertificate: pem })).rejects.toMatchObject(
        BOUND,
      );
    });
  });

  test("of two keys needs both proofs", async () => {
    const token = await bound({ jkt: await jkt(), "x5t#S256": x5t(pem) });
    const verify = verifierWith();
    const proof = await rightProof(token);
    await expect(verify(token, proof)).rejects.toMatchObject(BOUND);
    await expect(verify(token, { clientCertificate: pem })).rejects.toMatchObject(BOUND);
    await verify(token, { ...proof, clientCertificate: pem });
  });

  test.each([{}, { kid: "key_1" }, { jwk: {} }, { jkt: 1 }])(
    "of a key of another kind cannot be shown: %j",
    async (cnf) => {
      const token = await bound(cnf);
      await expect(verifierWith()(token)).rejects.toMatchObject(BOUND);
      await expect(verifierWith()(token, { clientCertificate: pem })).rejects.toMatchObject(BOUND);
    },
  );
});
