import type { FastifyPluginAsync } from "fastify";
import {
  METADATA_HEADERS,
  METADATA_METHODS,
  type ProtectedResource,
  resourceMetadata,
} from "../http/resource-metadata.js";

/**
 * A plugin that serves the metadata of an API at their well-known path (RFC 9728 section 3.1), for pages of every
 * origin. Register it at the root, without a prefix. Its `url` is for `resourceMetadata`.
 *
 * @example
 * import Fastify from "fastify";
 * const app = Fastify();
 * const metadata = protectedResourceMetadata({
 *   resource: "https://api.example.com/orders",
 *   issuer: "https://auth.example.com",
 *   scopes: ["orders:read"],
 * });
 * app.register(metadata);
 * const onRequest = requireAccessToken({ verifier, resourceMetadata: metadata.url });
 *
 * @throws TypeError for a `resource` or an `issuer` that is no http or https URL without a fragment
 */
export function protectedResourceMetadata(
  resource: ProtectedResource,
): FastifyPluginAsync & { url: string } {
  const { url, path, document } = resourceMetadata(resource);
  const plugin: FastifyPluginAsync = async (app) => {
    app.route({
      method: [...METADATA_METHODS],
      // A colon begins a parameter's name, and two are one colon.
      url: path.replaceAll(":", "::"),
      handler: async ({ method }, reply) => {
        reply.headers(METADATA_HEADERS);
        return method === "OPTIONS" ? reply.code(204).send() : reply.send(document);
      },
    });
  };
  return Object.assign(plugin, { url });
}
