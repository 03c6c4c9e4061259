import {
  isMetadataRequest,
  METADATA_HEADERS,
  type ProtectedResource,
  resourceMetadata,
} from "../http/resource-metadata.js";
import type { Middleware } from "./http-messages.js";

/**
 * Middleware that serves the metadata of an API at their well-known path (RFC 9728 section 3.1), for pages of every
 * origin. Use it at the application's root, before what requires a token. Its `url` is for `resourceMetadata`.
 *
 * @example
 * import express from "express";
 * const app = express();
 * const metadata = protectedResourceMetadata({
 *   resource: "https://api.example.com/orders",
 *   issuer: "https://auth.example.com",
 *   scopes: ["orders:read"],
 * });
 * app.use(metadata);
 * app.use("/orders", requireAccessToken({ verifier, resourceMetadata: metadata.url }));
 *
 * @throws TypeError for a `resource` or an `issuer` that is no http or https URL without a fragment
 */
export function protectedResourceMetadata(
  resource: ProtectedResource,
): Middleware & { url: string } {
  const { url, path, document } = resourceMetadata(resource);
  const middleware: Middleware = ({ method, originalUrl }, response, next) => {
    if (!isMetadataRequest(path, method, originalUrl)) return next();
    response.set(METADATA_HEADERS);
    if (method === "OPTIONS") response.status(204).end();
    else response.json(document);
  };
  return Object.assign(middleware, { url });
}
