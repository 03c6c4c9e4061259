import type { JWTPayload } from "jose";
import type { Client } from "../clients/client.entity.js";
import { renderClaims } from "../projects/render-claims.js";
import { M2M_VARIABLES } from "../projects/template-variables.js";
import type { ErrorDetails } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ACCESS_TOKEN_CLAIMS } from "./profiles/registry.js";

/**
 * What a template makes of a client.
 * @param template the saved one, or one that is tried out
 * @param path where that one is in the operation's arguments
 * @throws BAD_USER_INPUT
 */
export function renderCustomClaims(
  template: string | null,
  client: Pick<Client, "projectId" | "clientId" | "name" | "trustedMetadata">,
  path?: ErrorDetails["path"],
): JsonObject {
  const values = {
    client: {
      client_id: client.clientId,
      name: client.name,
      trusted_metadata: client.trustedMetadata,
    },
    project: { project_id: client.projectId },
  };
  return renderClaims(template, M2M_VARIABLES, values, path);
}

/** What a template has put into a token beside the claims that every token has. */
export function pickCustomClaims(claims: JWTPayload): JsonObject {
  return Object.fromEntries(
    Object.entries(claims).filter(([name]) => !ACCESS_TOKEN_CLAIMS.has(name)),
  );
}
