import type { FastifyInstance, FastifyReply } from "fastify";

/** Each transport answers it in its own error format. */
export class MethodNotAllowed extends Error {
  override readonly name = "MethodNotAllowed";
  readonly statusCode = 405;
}

/** @throws MethodNotAllowed (RFC 9110 section 15.5.6) */
export function refuseMethod(
  reply: FastifyReply,
  allowed: readonly string[],
  message = `The method must be ${allowed.join(" or ")}`,
): never {
  reply.header("allow", allowed.join(", "));
  throw new MethodNotAllowed(message);
}

/** Decorator of the server with the methods of each path, for the reference. */
export const ROUTES = "routes";
export type Routes = readonly { url: string; allowed: readonly string[] }[];

/**
 * Refuses on every path the methods that it does not have, and answers OPTIONS. Routes that exist before
 * are not covered.
 * @returns a function to call after the last route has been mounted
 */
export function trackAllowedMethods(root: FastifyInstance): () => void {
  const paths = new Map<string, { app: FastifyInstance; methods: Set<string> }>();
  root.addHook("onRoute", function ({ url, method }) {
    const path = paths.get(url) ?? { app: this, methods: new Set() };
    paths.set(url, path);
    for (const name of [method].flat()) path.methods.add(name);
  });
  return () => {
    const mounted = [...paths].map(([url, { app, methods }]) => ({
      url,
      app,
      allowed: [...methods].sort(),
    }));
    root.decorate(ROUTES, mounted);
    for (const { url, app, allowed } of mounted) {
      mountOtherMethods(app, url.slice(app.prefix.length), allowed);
    }
  };
}

function mountOtherMethods(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  const others = app.supportedMethods.filter((name) => !allowed.includes(name));
  const handler = (_request: unknown, reply: FastifyReply) => reply.code(204).send();
  app.options(url, (_request, reply) => reply.code(204).header("allow", allowed.join(", ")).send());
  app.route({
    method: others.filter((name) => name !== "OPTIONS"),
    url,
    // Before the body is read, which may be of any type.
    onRequest: (_request, reply) => refuseMethod(reply, allowed),
    handler,
  });
}
