import { metadataResponse } from "../http/metadata-response.js";
import { type ProtectedResource, resourceMetadata } from "../http/resource-metadata.js";

/**
 * The metadata of an API (RFC 9728), for GraphQL servers that answer requests of Fetch. Servers on Express, Fastify or
 * Hono take that subpath's function of this name.
 *
 * @example
 * const metadata = protectedResourceMetadata({
 *   resource: "https://api.example.com/graphql",
 *   issuer: "https://auth.example.com",
 * });
 * declare const yoga: { fetch(request: Request): Promise<Response> };
 * export default { fetch: (request: Request) => metadata.respond(request) ?? yoga.fetch(request) };
 *
 * @returns `url` for `resourceMetadata`; `respond` answers undefined for every other request
 * @throws TypeError for a `resource` or an `issuer` that is no http or https URL without a fragment
 */
export function protectedResourceMetadata(resource: ProtectedResource): {
  url: string;
  respond(request: Request): Response | undefined;
} {
  const metadata = resourceMetadata(resource);
  return { url: metadata.url, respond: (request) => metadataResponse(metadata, request) };
}
