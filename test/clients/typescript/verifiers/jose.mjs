import { createRemoteJWKSet, jwtVerify } from "jose";

export function createVerifier({ issuer, audience, typ, algorithm }) {
  const base = issuer.replace(/\/$/, "");
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`));
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience, // of your API, never the project id
      typ, // "at+jwt" of the profile RFC9068, else "JWT"
      algorithms: [algorithm], // "RS256"
      requiredClaims: ["exp"],
      clockTolerance: 5,
    });
    return payload;
  };
}
