import {
  type Authenticate,
  accessTokenAuthentication,
  authorization,
  sessionAuthentication,
} from "../http/authorize.js";
import type { AccessTokenRequirement, TokenRequirement } from "../http/requirement.js";
import type { Audience } from "../register.js";
import type { VerifiedAccessToken, VerifiedSession } from "../verify/verified.js";
import {
  type ExpressRequest,
  type ExpressResponse,
  httpRequest,
  type Middleware,
  sendRefusal,
} from "./http-messages.js";

declare global {
  namespace Express {
    interface Request {
      /** Set by `requireAccessToken`. */
      accessToken?: VerifiedAccessToken;
      /** Set by `requireSession`, and by `requireAccessToken` with `sessions`. */
      memberSession?: VerifiedSession;
    }
  }
}

/**
 * Middleware of Express 4 and 5 that lets in requests with a valid access token, and sets `request.accessToken`. It
 * answers all others by 400, 401, 403 or 503 as RFC 6750 and RFC 9449 say. What is no answer to a token goes to the
 * error handlers. Routers and routes may require further scopes of the same request: its token is verified once.
 *
 * A CORS preflight carries no token: let `cors()` answer it first, with `WWW-Authenticate` among its exposed headers.
 *
 * @example
 * import express from "express";
 * const app = express();
 * app.use("/orders", requireAccessToken({ verifier, scopes: ["orders:read"] }));
 * app.get("/orders", (request, response) => {
 *   response.json({ client: request.accessToken?.clientId });
 * });
 *
 * @throws TypeError for options that are not usable
 */
export function requireAccessToken<A extends Audience = Audience>(
  requirement: AccessTokenRequirement<ExpressRequest, A>,
): Middleware {
  return middleware(accessTokenAuthentication(requirement), requirement);
}

/**
 * Middleware that lets in requests with the session JWT of a member, and sets `request.memberSession`.
 *
 * @example
 * import express from "express";
 * const app = express();
 * app.get("/profile", requireSession({ verifier }), (request, response) => {
 *   response.json({ member: request.memberSession?.memberId });
 * });
 *
 * @throws TypeError for options that are not usable
 */
export function requireSession(requirement: TokenRequirement): Middleware {
  return middleware(sessionAuthentication(requirement), requirement);
}

function middleware(
  authenticate: Authenticate,
  requirement: AccessTokenRequirement<ExpressRequest>,
): Middleware {
  const authorize = authorization(authenticate, requirement);
  const admits = async (request: ExpressRequest, response: ExpressResponse): Promise<boolean> => {
    const certificate = requirement.clientCertificate?.(request);
    const { authenticated, answer } = await authorize(httpRequest(request, certificate));
    if (answer) sendRefusal(response, answer);
    else Object.assign(request, authenticated);
    return authenticated !== undefined;
  };
  return (request, response, next) => {
    admits(request, response).then((isAdmitted) => isAdmitted && next(), next);
  };
}
