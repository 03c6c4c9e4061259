import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PublicOrigins } from "../trusted-auth/public-origins.js";

/** Fetch standard section 3.3.4. Browsers cache the preflight response for ten minutes. */
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "content-type",
  "access-control-max-age": "600",
};

/**
 * Allows cross-origin requests, without credentials, from the origins of public trusted auth profiles.
 * Requests without an Origin header cost no lookup.
 */
export function allowPublicOrigins(app: FastifyInstance, origins: PublicOrigins): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (request.headers.origin === undefined) return done();
    allowOrigin(request, reply, origins).then(() => done(), done);
  });
}

async function allowOrigin(request: FastifyRequest, reply: FastifyReply, origins: PublicOrigins) {
  reply.header("vary", "Origin");
  const { origin = "" } = request.headers;
  const { method } = request;
  if ((method !== "POST" && method !== "OPTIONS") || !(await origins.includes(origin))) return;
  reply.header("access-control-allow-origin", origin);
  if (method === "OPTIONS") reply.headers(PREFLIGHT_HEADERS);
}
