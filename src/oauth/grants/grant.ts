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
  /** Thumbprint of the key of the request's DPoP proof (RFC 9449); null: the request has no proof. */
  dpopKeyThumbprint: string | null;
}

export interface IdentificationRequest {
  project: Project;
  parameters: OAuthParameters;
  /** Id of the authenticated client, or the `client_id` parameter; absent: the request has neither. */
  clientId: string | undefined;
}

export interface IdentifiedClient {
  client: Client;
  /** Called once the access token is signed. */
  consumeCredential?: ConsumeCredential;
}

export interface GrantResult extends IssuedToken {
  /** RFC 8693 section 2.2.1. */
  issuedTokenType?: string;
}

/** A `grant_type` of the token endpoint. Each has its own file and is listed in registry.ts. */
export interface Grant {
  grantType: string;
  /**
   * Identifies the client by a credential of the grant itself, such as an assertion, which also
   * permits the use of the grant. Absent: the client must authenticate (RFC 6749 section 2.3).
   */
  identifyClient?(request: IdentificationRequest): Promise<IdentifiedClient>;
  handle(request: GrantRequest): Promise<GrantResult>;
}
