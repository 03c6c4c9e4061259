import jwt from "jsonwebtoken";
import jwksRsa from "jwks-rsa";

export function createVerifier({ issuer, audience, typ, algorithm }) {
  const base = issuer.replace(/\/$/, "");
  const keys = jwksRsa({ jwksUri: `${base}/.well-known/jwks.json`, cache: true });
  return async (token) => {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = (await keys.getSigningKey(kid)).getPublicKey();
    const { header, payload } = jwt.verify(token, key, {
      issuer,
      audience, // of your API, never the project id
      algorithms: [algorithm], // "RS256"
      clockTolerance: 5,
      complete: true,
    });
    // "at+jwt" of the profile RFC9068, else "JWT"
    if (header.typ !== typ) throw new Error("not an access token");
    return payload;
  };
}
