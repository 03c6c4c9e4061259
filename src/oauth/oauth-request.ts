import type { FastifyReply, FastifyRequest } from "fastify";
import type { Project } from "../projects/project.entity.js";
import type { ProjectRef } from "../projects/project-store.js";
import type { OAuthParameters } from "./oauth-parameters.js";

/** What was sent, and to whom. */
export interface OAuthRequest {
  project: Project;
  parameters: OAuthParameters;
  authorization: string | undefined;
}

/** The same before anybody has looked whether there is such a project. */
export interface UnresolvedRequest extends Omit<OAuthRequest, "project"> {
  projectRef: ProjectRef;
}

/** Tells whose endpoint a request has reached. */
export type ResolveProjectRef = (request: FastifyRequest) => ProjectRef;

/** Sends a document of a project that anybody may read. */
export type PublicEndpoint = (
  project: Project,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>;

/** Sends an answer, or throws; where there is no such project, whatever. */
export type OAuthEndpoint<Request = OAuthRequest> = (
  oauth: Request,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<void>;
