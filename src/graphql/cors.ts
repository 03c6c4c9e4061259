import type { FastifyCorsOptionsDelegatePromise } from "@fastify/cors";
import type { PublicOrigins } from "../trusted-auth/public-origins.js";

export const GRAPHQL_PATH = "/graphql";
const PREFLIGHT_KEPT_SECONDS = 600;

/**
 * Lets scripts of the public profiles' origins send operations, with nothing that a browser would
 * add by itself; all others get no header, and so no answer.
 */
export function corsForPublicOrigins(origins: PublicOrigins): FastifyCorsOptionsDelegatePromise {
  return async ({ method, url, headers: { origin } }) => {
    const isAllowed =
      // The plugin's own route for OPTIONS reaches further than the path that it stands under.
      url.split("?", 1)[0] === GRAPHQL_PATH &&
      (method === "POST" || method === "OPTIONS") &&
      origin !== undefined &&
      (await origins.includes(origin));
    return {
      origin: isAllowed ? origin : false,
      methods: ["POST"],
      allowedHeaders: ["content-type"],
      credentials: false,
      maxAge: PREFLIGHT_KEPT_SECONDS,
    };
  };
}
