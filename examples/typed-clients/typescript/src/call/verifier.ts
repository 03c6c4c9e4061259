import { createRemoteJWKSet, jwtVerify } from "jose";

/** Verifies access tokens of one API, with keys that are fetched from the issuer and kept. */
export function createVerifier({ issuer, audience }: { issuer: string; audience: string }) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return async (token: string, requiredScope: string) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      // A session JWT has another audience, and so has a token for another API.
      audience,
      typ: "at+jwt", // of the token profile RFC9068; "JWT" of the others
      algorithms: ["RS256"],
      requiredClaims: ["exp"],
      clockTolerance: 5,
    });
    const scopes = String(payload["scope"] ?? "").split(" ");
    if (!scopes.includes(requiredScope)) throw new Error(`the token lacks ${requiredScope}`);
    return { clientId: payload.sub, scopes };
  };
}
