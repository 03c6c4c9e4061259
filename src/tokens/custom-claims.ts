import type { JWTPayload } from "jose";
import type { Client } from "../clients/client.entity.js";
import { ClaimsTemplate, MAX_RENDERED_BYTES } from "../projects/claims-template.js";
import type { Project } from "../projects/project.entity.js";
import { CountersignError } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

const STANDARD_CLAIMS = new Set(
  "iss sub client_id azp gty aud scope permissions iat nbf exp jti cnf".split(" "),
);

/** What the project's template makes of a client. */
export function customClaims(project: Project, client: Client): JsonObject {
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

/** What a template has put into a token beside the claims that every token has. */
export function customClaimsOf(claims: JWTPayload): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !STANDARD_CLAIMS.has(name)));
}
