import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PublicOrigins } from "../trusted-auth/public-origins.js";

/** Origins whose pages may call the API. Cookies and HTTP authentication of the browser never count. */
export interface CrossOriginAccess {
  /** Their pages may send credentials: those of ALLOWED_ORIGINS, and Apollo's hosted Sandbox where it is allowed. */
  authenticatingOrigins: ReadonlySet<string>;
  /** Their pages may call what needs no authentication. */
  publicOrigins: PublicOrigins;
}

/** Fetch standard section 3.3.4. Browsers cache the preflight response for ten minutes. */
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "POST",
  "access-control-max-age": "600",
};

/** Adds the headers by which browsers let pages read a response. Requests without Origin cost no lookup. */
export function allowCrossOriginPages(app: FastifyInstance, access: CrossOriginAccess): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (request.headers.origin === undefined) return done();
    allowOrigin(request, reply, access).then(() => done(), done);
  });
}

async function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticatingOrigins, publicOrigins }: CrossOriginAccess,
) {
  reply.header("vary", "Origin");
  const { origin = "" } = request.headers;
  const { method } = request;
  if (method !== "POST" && method !== "OPTIONS") return;
  const mayAuthenticate = authenticatingOrigins.has(origin);
  if (!mayAuthenticate && !(await publicOrigins.includes(origin))) return;
  reply.header("access-control-allow-origin", origin);
  if (mayAuthenticate) reply.header("access-control-expose-headers", "retry-after, x-request-id");
  if (method === "POST") return;
  reply.headers({
    ...PREFLIGHT_HEADERS,
    "access-control-allow-headers": mayAuthenticate
      ? "authorization, content-type"
      : "content-type",
  });
}
