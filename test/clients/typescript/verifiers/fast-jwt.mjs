import * as fastJwt from "fast-jwt";
import jwksRsa from "jwks-rsa";

export function createVerifier({ issuer, audience, typ, algorithm }) {
  const base = issuer.replace(/\/$/, "");
  const keys = jwksRsa({ jwksUri: `${base}/.well-known/jwks.json`, cache: true });
  return fastJwt.createVerifier({
    key: async ({ header }) => (await keys.getSigningKey(header.kid)).getPublicKey(),
    allowedIss: issuer,
    allowedAud: audience, // of your API, never the project id
    checkTyp: typ, // "at+jwt" of the profile RFC9068, else "JWT"
    algorithms: [algorithm], // "RS256"
    requiredClaims: ["exp", "iss", "aud"],
    clockTolerance: 5000, // milliseconds
  });
}
