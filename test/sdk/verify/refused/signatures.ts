import { constants, sign } from "node:crypto";
import { encode, type Faults, type Forge, partsOf, withMac } from "./forge.js";

/** What an attacker makes of the algorithm and the signature (RFC 8725 sections 2.1 and 3.1). */
export function forgedSignatures(forge: Forge, another: string): Faults {
  return {
    ...symmetricSecrets(forge),
    ...noneInAllSpellings(forge),
    ...otherAlgorithms(forge),
    ...changedSignatures(forge, another),
  };
}

/** The public key, in every form that a library may take for a secret. */
function symmetricSecrets({ header, publicKey, valid }: Forge): Faults {
  const [, payload] = partsOf(valid);
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const jwk = publicKey.export({ format: "jwk" });
  const secrets: Record<string, string | Buffer> = {
    "its PEM": pem,
    "its PEM without the last newline": pem.trim(),
    "its PEM in PKCS #1": publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
    "its DER": publicKey.export({ type: "spki", format: "der" }),
    "its JWK": JSON.stringify(jwk),
    "its modulus": jwk.n ?? "",
    "the bytes of its modulus": Buffer.from(jwk.n ?? "", "base64url"),
    "its kid": String(header["kid"]),
    nothing: "",
  };
  const faults: Faults = {};
  for (const bits of ["256", "384", "512"]) {
    for (const [title, secret] of Object.entries(secrets)) {
      const token = withMac({ ...header, alg: `HS${bits}` }, payload, `sha${bits}`, secret);
      faults[`HS${bits} with ${title} as the secret`] = token;
    }
  }
  return faults;
}

function noneInAllSpellings({ header, valid }: Forge): Faults {
  const [, payload, signature] = partsOf(valid);
  const faults: Faults = {};
  for (const alg of [
    "none",
    "None",
    "NONE",
    "nOnE",
    "none ",
    "",
    null,
    0,
    [],
    ["none"],
    undefined,
  ]) {
    const title = JSON.stringify(alg) ?? "no alg";
    const unsigned = `${encode({ ...header, alg })}.${payload}.`;
    faults[`alg ${title} and no signature`] = unsigned;
    faults[`alg ${title} and the signature`] = unsigned + signature;
  }
  return faults;
}

function otherAlgorithms({ header, valid, privateKey }: Forge): Faults {
  const [, payload, signature] = partsOf(valid);
  const faults: Faults = {};
  const names = ["RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K"];
  names.push("EdDSA", "Ed25519", "ML-DSA-44", "RSA1_5", "RSA-OAEP", "dir", "A256GCM", "HS256");
  names.push("rs256", "Rs256", " RS256", "RS256\u0000", "RS2\u0035\u200b6");
  for (const alg of names) {
    faults[`alg ${JSON.stringify(alg)} with the signature of RS256`] =
      `${encode({ ...header, alg })}.${payload}.${signature}`;
  }
  faults["alg as a list"] = `${encode({ ...header, alg: ["RS256"] })}.${payload}.${signature}`;
  for (const bits of ["256", "384", "512"]) {
    for (const family of bits === "256" ? ["PS"] : ["RS", "PS"]) {
      const signed = `${encode({ ...header, alg: family + bits })}.${payload}`;
      const padding =
        family === "PS" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
      const options = { key: privateKey, padding, saltLength: Number(bits) / 8 };
      const made = sign(`sha${bits}`, Buffer.from(signed), options).toString("base64url");
      faults[`${family}${bits} by the issuer's key for RS256`] = `${signed}.${made}`;
    }
  }
  return faults;
}

function changedSignatures({ valid, claims, forge, attackersKey }: Forge, another: string): Faults {
  const [header, payload, signature] = partsOf(valid);
  const bytes = Buffer.from(signature, "base64url");
  const signed = (changed: Buffer) => `${header}.${payload}.${changed.toString("base64url")}`;
  const flipped = (index: number) => {
    const copy = Buffer.from(bytes);
    copy[index] = (copy[index] ?? 0) ^ 1;
    return signed(copy);
  };
  const zeros = Buffer.alloc(bytes.length);
  const [anotherHeader, anotherPayload, anotherSignature] = partsOf(another);
  return {
    "the first bit of the signature": flipped(0),
    "the middle of the signature": flipped(bytes.length >> 1),
    "the last bit of the signature": flipped(bytes.length - 1),
    "a signature of zeros": signed(zeros),
    "a signature of ones": signed(zeros.fill(255)),
    "a shorter signature": signed(bytes.subarray(0, -1)),
    "a signature of one byte": signed(bytes.subarray(0, 1)),
    "a longer signature": signed(Buffer.concat([bytes, Buffer.from([0])])),
    "a signature with a zero before it": signed(Buffer.concat([Buffer.from([0]), bytes])),
    "the signature twice": signed(Buffer.concat([bytes, bytes])),
    "the signature of another token": `${header}.${payload}.${anotherSignature}`,
    "the claims of another token": `${header}.${anotherPayload}.${signature}`,
    "the header and claims of another token": `${anotherHeader}.${anotherPayload}.${signature}`,
    "claims with another scope": `${header}.${encode({ ...claims, scope: "admin:*" })}.${signature}`,
    "a header in another order": `${encode({ typ: "at+jwt", ...JSON.parse(Buffer.from(header, "base64url").toString()), extra: 1 })}.${payload}.${signature}`,
    "a signature by another key": forge({}, {}, attackersKey),
  };
}
