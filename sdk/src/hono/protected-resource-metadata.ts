import type { MiddlewareHandler } from "hono";
import { metadataResponse } from "../http/metadata-response.js";
import { type ProtectedResource, resourceMetadata } from "../http/resource-metadata.js";

/**
 * Middleware that serves the metadata of an API at their well-known path (RFC 9728 section 3.1), for pages of every
 * origin. Use it at the application's root, before what requires a token. Its `url` is for `resourceMetadata`.
 *
 * @example
 * import { Hono } from "hono";
 * const app = new Hono();
 * const metadata = protectedResourceMetadata({
 *   resource: "https://api.example.com/orders",
 *   issuer: "https://auth.example.com",
 *   scopes: ["orders:read"],
 * });
 * app.use(metadata);
 * app.use("/orders/*", requireAccessToken({ verifier, resourceMetadata: metadata.url }));
 *
 * @throws TypeError for a `resource` or an `issuer` that is no http or https URL without a fragment
 */
export function protectedResourceMetadata(
  resource: ProtectedResource,
): MiddlewareHandler & { url: string } {
  const metadata = resourceMetadata(resource);
  const middleware: MiddlewareHandler = async (context, next) => {
    const response = metadataResponse(metadata, context.req.raw);
    if (!response) await next();
    return response;
  };
  return Object.assign(middleware, { url: metadata.url });
}
