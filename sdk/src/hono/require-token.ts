import type { Context, MiddlewareHandler } from "hono";
import {
  type Authenticate,
  accessTokenAuthentication,
  authorization,
  sessionAuthentication,
} from "../http/authorize.js";
import type { AccessTokenRequirement, TokenRequirement } from "../http/requirement.js";
import type { Audience } from "../register.js";
import type { VerifiedAccessToken, VerifiedSession } from "../verify/verified.js";

declare module "hono" {
  interface ContextVariableMap {
    /** Set by `requireAccessToken`. */
    accessToken: VerifiedAccessToken | undefined;
    /** Set by `requireSession`, and by `requireAccessToken` with `sessions`. */
    memberSession: VerifiedSession | undefined;
  }
}

/**
 * Middleware of Hono that lets in requests with a valid access token, and sets the context's `accessToken`. It answers
 * all others by 400, 401, 403 or 503 as RFC 6750 and RFC 9449 say. What is no answer to a token goes to `app.onError`.
 * Applications and routes may each require scopes of the same request: its token is verified once.
 *
 * A CORS preflight carries no token: let `cors()` answer it first, with `WWW-Authenticate` among its exposed headers.
 *
 * @example
 * import { Hono } from "hono";
 * const app = new Hono();
 * app.use("/orders/*", requireAccessToken({ verifier, scopes: ["orders:read"] }));
 * app.get("/orders", (c) => c.json({ client: c.get("accessToken")?.clientId }));
 *
 * @throws TypeError for options that are not usable
 */
export function requireAccessToken<A extends Audience = Audience>(
  requirement: AccessTokenRequirement<Context, A>,
): MiddlewareHandler {
  return middleware(accessTokenAuthentication(requirement), requirement);
}

/**
 * Middleware that lets in requests with the session JWT of a member, and sets the context's `memberSession`.
 *
 * @example
 * import { Hono } from "hono";
 * const app = new Hono();
 * app.use("/profile", requireSession({ verifier }));
 * app.get("/profile", (c) => c.json({ member: c.get("memberSession")?.memberId }));
 *
 * @throws TypeError for options that are not usable
 */
export function requireSession(requirement: TokenRequirement): MiddlewareHandler {
  return middleware(sessionAuthentication(requirement), requirement);
}

function middleware(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<Context>,
): MiddlewareHandler {
  const authorize = authorization(authenticate, requirement);
  return async (context, next) => {
    const { origin, pathname, search } = new URL(context.req.url);
    const { authenticated, answer } = await authorize({
      // Other middleware replaces `context.req.raw`.
      identity: context,
      method: context.req.method,
      origin,
      target: pathname + search,
      header: (name) => context.req.header(name),
      clientCertificate: requirement.clientCertificate?.(context),
    });
    if (answer) return Response.json(answer.body, answer);
    const { accessToken, memberSession } = authenticated;
    if (accessToken) context.set("accessToken", accessToken);
    if (memberSession) context.set("memberSession", memberSession);
    await next();
    return undefined;
  };
}
