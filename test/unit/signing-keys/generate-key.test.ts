import { expect, test } from "@jest/globals";
import { exportJWK } from "jose";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../../../src/projects/project.entity.js";
import { generateExtractableKeyPair } from "../../../src/signing-keys/generate-key.js";

const KINDS: Record<SigningAlgorithm, object> = {
  RS256: { kty: "RSA", bits: 2048 },
  PS256: { kty: "RSA", bits: 2048 },
  ES256: { kty: "EC", crv: "P-256" },
  EdDSA: { kty: "OKP", crv: "Ed25519" },
};

test.each(SIGNING_ALGORITHMS)("a new %s key pair is strong and can be exported", async (name) => {
  const { privateKey, publicKey } = await generateExtractableKeyPair(name);
  const { kty, crv, n } = await exportJWK(publicKey);
  const bits = n && Buffer.from(n, "base64url").length * 8;
  expect({ kty, crv, bits }).toEqual(KINDS[name]);
  expect(await exportJWK(privateKey)).toMatchObject({ kty, d: expect.any(String) });
});
