import type { FastifyReply, FastifyRequest } from "fastify";
import type { ProjectRef } from "../projects/project-store.js";
import type { RequestSource } from "../shared/caller.js";
import type { OAuthParameters } from "./oauth-parameters.js";

/** A request to an OAuth endpoint; the project that it names may not exist. */
export interface OAuthRequest {
  projectRef: ProjectRef;
  parameters: OAuthParameters;
  authorization: string | undefined;
}

/** Reads from a request's path or host which project it is for. */
export type ReadProjectRef = (request: FastifyRequest) => ProjectRef;

/** Answers everybody alike about a project, which may not exist. */
export type PublicEndpoint = (
  projectRef: ProjectRef,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>;

/** Sends a response or throws. If the project does not exist, the error is replaced by a 404. */
export type OAuthEndpoint = (
  oauthRequest: OAuthRequest,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<void>;

export function requestSource(request: FastifyRequest): RequestSource {
  return { requestId: request.id, ipAddress: request.ip };
}
