import type { FastifyInstance } from "fastify";
import { parseBasic } from "../shared/authorization-header.js";
import type { OAuthRequest } from "./oauth-request.js";

const ERROR_URI = "https://www.rfc-editor.org/rfc/rfc6749#section-5.2";

/**
 * Adds the members that Stytch's SDKs expect in every response. The Python SDK treats a response
 * without them as a failure, and an error without `error_uri` as unknown.
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
 * Drops the project's Basic credentials, which Stytch's Python, Ruby and Rust SDKs send in addition to
 * the client's credentials in the body.
 */
export function ignoreProjectCredentials(oauthRequest: OAuthRequest): OAuthRequest {
  const { authorization, parameters, projectRef } = oauthRequest;
  const isProject = parseBasic(authorization ?? "")?.user === projectRef.projectId;
  return isProject && parameters.get("client_id") !== undefined
    ? { ...oauthRequest, authorization: undefined }
    : oauthRequest;
}

/**
 * Reads the list `scopes`, which Stytch's Rust SDK sends, as what it means. Stytch ignores it and gives the client all of
 * its scopes.
 */
export function joinScopes(body: unknown): unknown {
  const { scopes, ...parameters } = (body ?? {}) as { scopes?: unknown; scope?: unknown };
  const isList = Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string");
  return isList && parameters.scope === undefined
    ? { ...parameters, scope: scopes.join(" ") }
    : body;
}
