import type { FastifyRequest } from "fastify";
import type { Authenticated, FoundClient } from "../../clients/client-authenticator.js";
import type { Origin } from "../../shared/caller.js";
import type { OAuthParameters } from "../parameters.js";

export interface AuthenticationRequest<Found extends FoundClient = FoundClient> {
  /** `authorization` header; already dropped where it does not speak for the client. */
  authorization: string | undefined;
  parameters: OAuthParameters;
  origin: Origin;
  /** Looks into the database, for all that the endpoint has to know of this client. */
  find(clientId: string): Promise<Found | null>;
}

/** One way in which a client proves who it is (RFC 6749 section 2.3). One file each. */
export interface ClientAuthenticationMethod {
  /** As in RFC 7591 section 2 and RFC 8414 section 2. */
  name: string;
  /** Whether the request tries this method. */
  applies(request: Pick<AuthenticationRequest, "authorization" | "parameters">): boolean;
  /** @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT */
  authenticate<Found extends FoundClient>(
    request: AuthenticationRequest<Found>,
  ): Promise<Authenticated<Found>>;
}

export function originOf(request: FastifyRequest): Origin {
  return { requestId: request.id, ipAddress: request.ip };
}
