import type { JWTPayload } from "jose";
import { type Client, ownerOf } from "../clients/client.entity.js";
import { renderClaims } from "../projects/render-claims.js";
import { NO_REQUEST_PARAMETERS } from "../projects/request-placeholder.js";
import { M2M_TEMPLATE } from "../projects/template-language.js";
import type { ErrorDetails } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { ACCESS_TOKEN_CLAIMS } from "./profiles/registry.js";

/**
 * Renders a claims template for a client.
 * @param template null: no claims
 * @param request parameters of the token request; absent: none
 * @param path path of the template in the operation's arguments; absent for the project's template
 * @throws BAD_USER_INPUT
 */
export function renderCustomClaims(
  template: string | null,
  client: Pick<
    Client,
    "projectId" | "clientId" | "name" | "ownerType" | "ownerId" | "trustedMetadata"
  >,
  request = NO_REQUEST_PARAMETERS,
  path?: ErrorDetails["path"],
): JsonObject {
  const values = {
    client: {
      client_id: client.clientId,
      name: client.name,
      owner: ownerOf(client),
      trusted_metadata: client.trustedMetadata,
    },
    project: { project_id: client.projectId },
    request,
  };
  return renderClaims(template, M2M_TEMPLATE, values, path);
}

/** The claims of a token that its claims template has added. */
export function pickCustomClaims(claims: JWTPayload): JsonObject {
  // A template may set `permissions`. Only tokens in Auth0's format have the API's own.
  const isAuth0 = claims["gty"] !== undefined;
  return Object.fromEntries(
    Object.entries(claims).filter(
      ([name]) => !ACCESS_TOKEN_CLAIMS.has(name) || (name === "permissions" && !isAuth0),
    ),
  );
}
