import type { FastifyRequest } from "fastify";
import { MAX_ISSUER_PATH_SEGMENTS, requestLocation } from "../projects/issuer-location.js";
import type { ProjectStore } from "../projects/project-store.js";
import type { ReadProjectRef } from "./oauth-request.js";

/** The host that a request was sent to, which a trusted proxy may name. */
export const requestedHost = ({ host }: FastifyRequest): string => host;

/** The host in the Host header alone: the request's X-Forwarded headers are about another request. */
export const ownHost = ({ headers }: FastifyRequest): string => headers.host ?? "";

/** Reads the project id from the path `/projects/:projectId`. */
export function projectFromPath(
  projects: ProjectStore,
  hostOf: (request: FastifyRequest) => string,
): ReadProjectRef {
  return (request) => {
    const { projectId } = request.params as { projectId: string };
    return { projectId, location: locationOf(projects, hostOf, request, `/projects/${projectId}`) };
  };
}

/** The paths below which the endpoints of an issuer are served, and which project is meant there. */
export function issuerPrefixes(
  projects: ProjectStore,
  hostOf: (request: FastifyRequest) => string,
): readonly (readonly [prefix: string, ReadProjectRef])[] {
  const projectFromLocation: ReadProjectRef = (request) => {
    const segments = Object.entries(request.params as object)
      .filter(([name]) => name.startsWith("issuer"))
      .map(([, segment]) => `/${segment}`);
    return { location: locationOf(projects, hostOf, request, segments.join("")) };
  };
  return [
    ["/projects/:projectId", projectFromPath(projects, hostOf)],
    ...Array.from(
      { length: MAX_ISSUER_PATH_SEGMENTS + 1 },
      (_, count) =>
        [
          Array.from({ length: count }, (_, index) => `/:issuer${index}`).join(""),
          projectFromLocation,
        ] as const,
    ),
  ];
}

/** The public URL's path has been removed from `url`, but an issuer may have it. */
function locationOf(
  { publicPath }: ProjectStore,
  hostOf: (request: FastifyRequest) => string,
  request: FastifyRequest,
  issuerPath: string,
): string {
  const { url, originalUrl } = request;
  return requestLocation(hostOf(request), (originalUrl === url ? "" : publicPath) + issuerPath);
}
