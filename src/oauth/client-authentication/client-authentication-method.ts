import type { Authenticated, LoadedClient } from "../../clients/client-authenticator.js";
import type { RequestSource } from "../../shared/caller.js";
import type { OAuthParameters } from "../oauth-parameters.js";

export interface AuthenticationRequest<Loaded extends LoadedClient = LoadedClient> {
  /** The `authorization` header; absent if it holds a project's credentials instead of a client's. */
  authorization: string | undefined;
  parameters: OAuthParameters;
  source: RequestSource;
  /** Reads the client, and what else the endpoint needs, from the database. */
  load(clientId: string): Promise<Loaded | null>;
}

/** A client authentication method (RFC 6749 section 2.3). Each has its own file. */
export interface ClientAuthenticationMethod {
  /** `token_endpoint_auth_method` of RFC 7591 section 2. */
  name: string;
  /** Whether the request uses this method. */
  applies(request: Pick<AuthenticationRequest, "authorization" | "parameters">): boolean;
  /** @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT */
  authenticate<Loaded extends LoadedClient>(
    request: AuthenticationRequest<Loaded>,
  ): Promise<Authenticated<Loaded>>;
}
