import { hash } from "node:crypto";
import etag from "@fastify/etag";
import type { FastifyInstance } from "fastify";

const digest = (document: string | Buffer) => hash("sha1", document, "base64");

/** Weak, because a document may have several media types. */
export const entityTagOf = (document: string) => `W/"${digest(document)}"`;

/**
 * Lets pages of every origin read the documents of this Fastify context, which are the same for every
 * caller, and gives them entity tags.
 */
export async function servePublicDocuments(app: FastifyInstance): Promise<void> {
  await app.register(etag, { weak: true, hashFn: digest });
  // RFC 9110 section 8.6: no Content-Length but that of the document, as Fastify does for no payload.
  app.addHook("onSend", (_request, reply, payload, done) => {
    done(null, reply.statusCode === 304 ? null : payload);
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") reply.header("access-control-allow-headers", "*");
    done();
  });
}
