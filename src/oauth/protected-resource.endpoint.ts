import type { ProtectedResources } from "../apis/protected-resources.js";
import { sendInvalidRequest, sendProjectNotFound } from "./oauth-error.js";
import type { PublicEndpoint } from "./oauth-request.js";

/** Protected resource metadata of an API by its id (RFC 9728 section 2, ADR 0031). */
export function protectedResourceEndpoint({
  protectedResources,
}: {
  protectedResources: ProtectedResources;
}): PublicEndpoint {
  return async (projectRef, reply) => {
    const { apiId } = reply.request.params as { apiId: string };
    const found = await protectedResources.find(projectRef, apiId);
    if (!found) return sendProjectNotFound(reply);
    if (!found.metadata) return sendInvalidRequest(reply, 404, "No such protected resource");
    return reply.header("cache-control", "public, max-age=300").send(found.metadata);
  };
}
