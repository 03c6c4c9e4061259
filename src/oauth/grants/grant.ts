import type { Client } from "../../clients/client.entity.js";
import type { Project } from "../../projects/project.entity.js";
import type { RequestSource } from "../../shared/caller.js";
import type { AuthenticatedTokenContext } from "../../tokens/token-context.js";
import type { ConsumeCredential, IssuedToken } from "../../tokens/token-issuer.js";
import type { OAuthParameters } from "../oauth-parameters.js";

export interface GrantRequest {
  context: AuthenticatedTokenContext;
  parameters: OAuthParameters;
  source: RequestSource;
  consumeCredential?: ConsumeCredential | undefined;
  /** Set when the request has proved possession of a key (RFC 9449). */
  dpopKeyThumbprint: string | null;
}

export interface IdentificationRequest {
  project: Project;
  parameters: OAuthParameters;
  /** Who the request says, or has proved, to be; absent: it does not say. */
  clientId: string | undefined;
}

/** Who a request speaks for, and what is left to do once its token has been made. */
export interface IdentifiedClient {
  client: Client;
  consumeCredential?: ConsumeCredential;
}

export interface GrantResult extends IssuedToken {
  /** RFC 8693 section 2.2.1. */
  issuedTokenType?: string;
}

/** One `grant_type` of the token endpoint. One file each, listed in the registry. */
export interface Grant {
  grantType: string;
  /**
   * For a grant that carries its own proof of who the client is, and with it the permission to use
   * this grant; absent: the client authenticates (RFC 6749 section 2.3).
   */
  identifyClient?(request: IdentificationRequest): Promise<IdentifiedClient>;
  handle(request: GrantRequest): Promise<GrantResult>;
}
