import { createRemoteJWKSet, type JWTVerifyOptions, jwtVerify } from "jose";
import { PUBLIC_URL, type ServerUnderTest } from "./test-server.js";

/** Verifies a token as a resource server does, with nothing but the project's published keys. */
export function verifyWithPublishedKeys(
  { url, projectId, clock }: ServerUnderTest,
  token: string,
  options: JWTVerifyOptions = {},
) {
  const jwks = new URL(`${url}/projects/${projectId}/.well-known/jwks.json`);
  return jwtVerify(token, createRemoteJWKSet(jwks), {
    issuer: `${PUBLIC_URL}/projects/${projectId}`,
    audience: projectId,
    currentDate: clock.now(),
    ...options,
  });
}
