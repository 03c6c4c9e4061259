import type { JWTPayload } from "jose";
import type { Client } from "../clients/client.entity.js";
import { ClaimsTemplate, MAX_RENDERED_BYTES } from "../projects/claims-template.js";
import type { Project } from "../projects/project.entity.js";
import { epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

export interface AccessTokenRequest {
  issuer: string;
  jti: string;
  now: Date;
  scopes: readonly string[];
}

const STANDARD_CLAIMS = new Set("iss sub client_id aud scope iat nbf exp jti".split(" "));

/** RFC 7519 section 4.1, RFC 9068 section 2.2 for `client_id` and `scope`. */
export function accessTokenClaims(project: Project, client: Client, request: AccessTokenRequest) {
  const issuedAt = epochSeconds(request.now);
  return {
    ...customClaims(project, client),
    iss: request.issuer,
    sub: client.clientId,
    client_id: client.clientId,
    aud: [project.projectId],
    scope: request.scopes.join(" "),
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + lifetimeSeconds(project, client, request.now),
    jti: request.jti,
  } satisfies JWTPayload;
}

/** The shortest of what project, client and the client's own expiry allow. */
export function lifetimeSeconds(project: Project, client: Client, now: Date): number {
  const limits = [project.accessTokenLifetimeSeconds];
  if (client.accessTokenLifetimeSeconds) limits.push(client.accessTokenLifetimeSeconds);
  if (client.expiresAt) limits.push(epochSeconds(client.expiresAt) - epochSeconds(now));
  return Math.max(1, Math.min(...limits));
}

/** What a template has put into a token beside the claims that every token has. */
export function customClaimsOf(claims: JWTPayload): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !STANDARD_CLAIMS.has(name)));
}

function customClaims(project: Project, client: Client): JsonObject {
  if (!project.claimsTemplate) return {};
  const claims = ClaimsTemplate.parse(project.claimsTemplate).render({
    client: {
      client_id: client.clientId,
      name: client.name,
      trusted_metadata: client.trustedMetadata,
    },
    project: { project_id: project.projectId },
  });
  if (Buffer.byteLength(JSON.stringify(claims)) > MAX_RENDERED_BYTES) {
    throw new CountersignError(
      "BAD_USER_INPUT",
      `The claims template makes more than ${MAX_RENDERED_BYTES} bytes of this client's metadata`,
    );
  }
  return claims;
}
