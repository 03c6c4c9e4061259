import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isRefusedRequest } from "../http/request-errors.js";
import { transientErrorCode } from "../persistence/database-errors.js";
import type { ProjectStore } from "../projects/project-store.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { sendInvalidRequest, sendOAuthError, sendProjectNotFound } from "./oauth-error.js";
import { NO_PARAMETERS, type OAuthParameters, parseParameters } from "./oauth-parameters.js";
import type {
  OAuthEndpoint,
  OAuthRequest,
  PublicEndpoint,
  ReadProjectRef,
} from "./oauth-request.js";
import type { tokenErrorFormat } from "./token-error-format.js";

interface EndpointOptions {
  normalizeBody?: (body: unknown) => unknown;
  normalizeRequest?: (oauthRequest: OAuthRequest) => OAuthRequest;
  /** Format of the endpoint's errors; absent: RFC 6749's. */
  errorFormat?: ReturnType<typeof tokenErrorFormat>;
}

/** Mounts endpoints that read parameters from a body. Their errors are those of OAuth, also without a project. */
export function postMounter(
  app: FastifyInstance,
  projects: ProjectStore,
  readProjectRef: ReadProjectRef,
) {
  return (
    path: string,
    endpoint: OAuthEndpoint,
    {
      normalizeBody = (body) => body,
      normalizeRequest = (oauthRequest) => oauthRequest,
      errorFormat,
    }: EndpointOptions = {},
  ): void => {
    app.post(path, async (request, reply) => {
      const projectRef = readProjectRef(request);
      let parameters: OAuthParameters = NO_PARAMETERS;
      try {
        parameters = parseParameters(normalizeBody(request.body));
        const { authorization } = request.headers;
        await endpoint(normalizeRequest({ projectRef, parameters, authorization }), request, reply);
        return reply;
      } catch (error) {
        // The error format is read from the database, which is unavailable here.
        if (transientErrorCode(error) !== null) throw error;
        const project = await projects.resolve(projectRef);
        if (!project) return sendProjectNotFound(reply);
        logError(request.log, error, { reqId: request.id, ipAddress: request.ip });
        const format = (await errorFormat?.(project, parameters)) ?? "RFC6749";
        return sendOAuthError(reply, error, { format, parameters });
      }
    });
  };
}

/** Mounts documents, and other endpoints that answer everybody alike. */
export function documentMounter(
  app: FastifyInstance,
  readProjectRef: ReadProjectRef,
  method: ("GET" | "POST")[] = ["GET"],
) {
  return (url: string, endpoint: PublicEndpoint): void => {
    const handler = async (request: FastifyRequest, reply: FastifyReply) =>
      endpoint(readProjectRef(request), reply);
    app.route({ method, url, handler });
  };
}

/** Answers bodies that Fastify rejects (malformed, too long, of another type) and unexpected errors. */
export function sendUnhandledError(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof CountersignError) {
    sendOAuthError(reply, error);
    return;
  }
  const { statusCode: status = 500 } = error;
  if (status >= 500) {
    logError(request.log, error, { reqId: request.id });
    sendOAuthError(reply, error);
    return;
  }
  if (isRefusedRequest(error)) {
    sendInvalidRequest(reply, status, error.message);
    return;
  }
  const message =
    status === 413 ? "The body is too long" : "The body must be form-encoded or a JSON object";
  sendOAuthError(reply, new CountersignError("BAD_USER_INPUT", message));
}
