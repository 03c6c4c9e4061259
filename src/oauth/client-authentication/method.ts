import type { FastifyRequest } from "fastify";
import type { Authenticated, LoadedClient } from "../../clients/client-authenticator.js";
import type { RequestSource } from "../../shared/caller.js";
import type { OAuthParameters } from "../oauth-parameters.js";

export interface AuthenticationRequest<Loaded extends LoadedClient = LoadedClient> {
  /** `authorization` header; already dropped where it does not speak for the client. */
  authorization: string | undefined;
  parameters: OAuthParameters;
  source: RequestSource;
  /** Looks into the database, for all that the endpoint has to know of this client. */
  load(clientId: string): Promise<Loaded | null>;
}

/** One way in which a client proves who it is (RFC 6749 section 2.3). One file each. */
export interface ClientAuthenticationMethod {
  /** As in RFC 7591 section 2 and RFC 8414 section 2. */
  name: string;
  /** Whether the request tries this method. */
  applies(request: Pick<AuthenticationRequest, "authorization" | "parameters">): boolean;
  /** @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT */
  authenticate<Loaded extends LoadedClient>(
    request: AuthenticationRequest<Loaded>,
  ): Promise<Authenticated<Loaded>>;
}

export function requestSource(request: FastifyRequest): RequestSource {
  return { requestId: request.id, ipAddress: request.ip };
}
