import type { FastifyInstance } from "fastify";
import { parseBasic } from "../shared/authorization-header.js";
import type { UnresolvedRequest } from "./oauth-request.js";

/** RFC 6749 section 5.2 describes the errors. */
const ERROR_URI = "https://www.rfc-editor.org/rfc/rfc6749#section-5.2";

/**
 * Adds what Stytch's SDKs expect in every answer: the Python one takes an answer without these
 * members for a failure, and an error without `error_uri` for an unknown one.
 */
export function addStytchFields(app: FastifyInstance): void {
  app.addHook("preSerialization", async (request, reply, payload) => ({
    ...(payload as object),
    ...(reply.statusCode >= 400 && { error_uri: ERROR_URI }),
    status_code: reply.statusCode,
    request_id: request.id,
  }));
}

/**
 * Stytch's Python, Ruby and Rust SDKs send the project's Basic credentials beside the client's own in
 * the body; on their path alone, the latter count.
 */
export function ignoreProjectCredentials(oauth: UnresolvedRequest): UnresolvedRequest {
  const { authorization, parameters, projectRef } = oauth;
  const isProject = parseBasic(authorization ?? "")?.user === projectRef.projectId;
  return isProject && parameters.get("client_id") !== undefined
    ? { ...oauth, authorization: undefined }
    : oauth;
}
