import etag from "@fastify/etag";
import type { FastifyInstance } from "fastify";

/**
 * Lets pages of every origin read the documents of this Fastify context, which are the same for every
 * caller, and gives them entity tags.
 */
export async function servePublicDocuments(app: FastifyInstance): Promise<void> {
  // Weak, because a document may have several media types.
  await app.register(etag, { weak: true });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") reply.header("access-control-allow-headers", "*");
    done();
  });
}
