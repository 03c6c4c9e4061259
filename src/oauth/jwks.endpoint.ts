import type { KeySetLoader } from "../signing-keys/key-set-loader.js";
import { sendProjectNotFound } from "./oauth-error.js";
import type { PublicEndpoint } from "./oauth-request.js";

const JSON_TYPE = "application/json";
/** Media type of a JWK Set (RFC 7517 section 8.5.1), which several clients do not accept. */
const JWK_SET = "application/jwk-set+json";

/** Sends the public keys of the project's tokens, including the next signing key. */
export function jwksEndpoint({ keySets }: { keySets: KeySetLoader }): PublicEndpoint {
  return async (projectRef, reply) => {
    const keySet = await keySets.load(projectRef);
    if (keySet === null) return sendProjectNotFound(reply);
    const type = reply.request.type([JSON_TYPE, JWK_SET]) === JWK_SET ? JWK_SET : JSON_TYPE;
    return reply
      .header("content-type", type)
      .header("vary", "Accept")
      .header("cache-control", "public, max-age=300")
      .send(keySet);
  };
}
