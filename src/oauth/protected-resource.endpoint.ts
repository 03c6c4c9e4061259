import type { ApiStore } from "../apis/api-store.js";
import { protectedResourceMetadata } from "../apis/protected-resources.js";
import type { ProjectStore } from "../projects/project-store.js";
import { sendInvalidRequest } from "./oauth-error.js";
import type { PublicEndpoint } from "./oauth-request.js";

/** Protected resource metadata of an API by its id (RFC 9728 section 2, ADR 0031). */
export function protectedResourceEndpoint({
  apis,
  projects,
}: {
  apis: ApiStore;
  projects: ProjectStore;
}): PublicEndpoint {
  return async (project, reply) => {
    const { apiId } = reply.request.params as { apiId: string };
    const api = await apis.find(project.projectId, apiId);
    const metadata = api && protectedResourceMetadata(api, projects.issuerFor(project));
    if (!metadata) return sendInvalidRequest(reply, 404, "No such protected resource");
    return reply.header("cache-control", "public, max-age=300").send(metadata);
  };
}
