import {
  type Authenticate,
  accessTokenAuthentication,
  authorization,
  sessionAuthentication,
} from "../http/authorize.js";
import { headerOf, type NodeHeaders } from "../http/http-request.js";
import type { AccessTokenRequirement, TokenRequirement } from "../http/requirement.js";
import type { Audience } from "../register.js";
import type { VerifiedAccessToken, VerifiedSession } from "../verify/verified.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Set by `requireAccessToken`. */
    accessToken?: VerifiedAccessToken;
    /** Set by `requireSession`, and by `requireAccessToken` with `sessions`. */
    memberSession?: VerifiedSession;
  }
}

/** What is used of a request of Fastify 5, on each of its HTTP servers. */
export interface HookRequest {
  method: string;
  protocol: string;
  host: string;
  originalUrl: string;
  headers: NodeHeaders["headers"];
  raw: { rawHeaders?: readonly string[] };
}

/** What is used of a reply of Fastify 5. */
export interface HookReply {
  code(status: number): this;
  headers(values: Record<string, string>): this;
  send(body?: unknown): unknown;
}

/** For `onRequest`, `preValidation` and `preHandler`, of a route, of a plugin or of all. */
export type TokenHook = (request: HookRequest, reply: HookReply) => Promise<unknown>;

/**
 * A hook of Fastify 5 that lets in requests with a valid access token, and sets `request.accessToken`. It answers all
 * others by 400, 401, 403 or 503 as RFC 6750 and RFC 9449 say. What is no answer to a token goes to the error handler.
 * A plugin's hook and a route's may each require scopes of the same request: its token is verified once.
 *
 * As `onRequest` it refuses a request before its body is read. A CORS preflight carries no token: register
 * `@fastify/cors` first, with `WWW-Authenticate` among its exposed headers.
 *
 * @example
 * import Fastify from "fastify";
 * const app = Fastify();
 * app.get(
 *   "/orders",
 *   { onRequest: requireAccessToken({ verifier, scopes: ["orders:read"] }) },
 *   async (request) => ({ client: request.accessToken?.clientId }),
 * );
 *
 * @throws TypeError for options that are not usable
 */
export function requireAccessToken<A extends Audience = Audience>(
  requirement: AccessTokenRequirement<HookRequest, A>,
): TokenHook {
  return hook(accessTokenAuthentication(requirement), requirement);
}

/**
 * A hook that lets in requests with the session JWT of a member, and sets `request.memberSession`.
 *
 * @example
 * import Fastify from "fastify";
 * const app = Fastify();
 * app.get("/profile", { onRequest: requireSession({ verifier }) }, async (request) => ({
 *   member: request.memberSession?.memberId,
 * }));
 *
 * @throws TypeError for options that are not usable
 */
export function requireSession(requirement: TokenRequirement): TokenHook {
  return hook(sessionAuthentication(requirement), requirement);
}

function hook(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<HookRequest>,
): TokenHook {
  const authorize = authorization(authenticate, requirement);
  return async (request, reply) => {
    const { method, protocol, host, originalUrl, headers, raw } = request;
    const { authenticated, answer } = await authorize({
      identity: request,
      method,
      origin: `${protocol}://${host}`,
      target: originalUrl,
      header: (name) => headerOf({ headers, rawHeaders: raw.rawHeaders ?? [] }, name),
      clientCertificate: requirement.clientCertificate?.(request),
    });
    if (answer) return reply.code(answer.status).headers(answer.headers).send(answer.body);
    Object.assign(request, authenticated);
  };
}
