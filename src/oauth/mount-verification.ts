import type { FastifyPluginAsync } from "fastify";
import { refuseMethod } from "../http/allowed-methods.js";
import { issuerPrefixes, ownHost } from "./issuer-prefixes.js";
import { sendProjectNotFound } from "./oauth-error.js";
import { type VerifyEndpointServices, verifyEndpoint } from "./verify.endpoint.js";

/** Mounts the endpoint for gateways below every issuer. */
export function mountVerification(services: VerifyEndpointServices): FastifyPluginAsync {
  const { projects } = services;
  const verify = verifyEndpoint(services);
  return async (app) => {
    // Everywhere else OPTIONS succeeds. Gateways take that for a yes, and some ask with their caller's method.
    app.addHook("onRequest", async ({ method }, reply) => {
      if (method === "OPTIONS") refuseMethod(reply, ["GET", "HEAD"]);
    });
    for (const [prefix, readProjectRef] of issuerPrefixes(projects, ownHost)) {
      app.get(`${prefix}/oauth/verify`, async (request, reply) => {
        const project = await projects.resolve(readProjectRef(request));
        if (!project) return sendProjectNotFound(reply);
        await verify(project, request, reply);
        return reply;
      });
    }
  };
}
