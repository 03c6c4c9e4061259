import type { Client } from "../../clients/client.entity.js";
import type { Project } from "../../projects/project.entity.js";
import type { IssuedToken } from "../../tokens/token-issuer.js";
import type { OAuthParameters } from "../parameters.js";

export interface GrantRequest {
  project: Project;
  client: Client;
  parameters: OAuthParameters;
  /** Set when the request has proved possession of a key (RFC 9449). */
  dpopKeyThumbprint: string | null;
}

/** One `grant_type` of the token endpoint. One file each, listed in the registry. */
export interface Grant {
  grantType: string;
  handle(request: GrantRequest): Promise<IssuedToken>;
}
