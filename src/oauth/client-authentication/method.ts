import type { FastifyRequest } from "fastify";
import type { Client } from "../../clients/client.entity.js";
import type { Project } from "../../projects/project.entity.js";
import type { Origin } from "../../shared/caller.js";
import type { OAuthParameters } from "../parameters.js";

export interface AuthenticationRequest {
  project: Project;
  /** `authorization` header; already dropped where it does not speak for the client. */
  authorization: string | undefined;
  parameters: OAuthParameters;
  origin: Origin;
}

/** One way in which a client proves who it is (RFC 6749 section 2.3). One file each. */
export interface ClientAuthenticationMethod {
  /** As in RFC 7591 section 2 and RFC 8414 section 2. */
  name: string;
  /** Whether the request tries this method. */
  applies(request: AuthenticationRequest): boolean;
  /** @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT */
  authenticate(request: AuthenticationRequest): Promise<Client>;
}

export function originOf(request: FastifyRequest): Origin {
  return { requestId: request.id, ipAddress: request.ip };
}
