import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { invalidClient } from "../clients/client-authenticator.js";
import { transientErrorCode } from "../persistence/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import {
  type IntrospectionEndpointServices,
  introspectionEndpoint,
} from "./introspection.endpoint.js";
import { jwksEndpoint } from "./jwks.endpoint.js";
import { type MetadataEndpointServices, metadataEndpoint } from "./metadata.endpoint.js";
import { NO_STORE, sendOAuthError, sendProjectNotFound } from "./oauth-error.js";
import {
  acceptForms,
  NO_PARAMETERS,
  type OAuthParameters,
  parseParameters,
} from "./oauth-parameters.js";
import type {
  OAuthEndpoint,
  PublicEndpoint,
  ResolveProjectRef,
  UnresolvedRequest,
} from "./oauth-request.js";
import { mountRegistration, type RegistrationEndpointServices } from "./registration.endpoint.js";
import { type RevocationEndpointServices, revocationEndpoint } from "./revocation.endpoint.js";
import { addStytchFields, ignoreProjectCredentials } from "./stytch-compat.js";
import { type TokenEndpointServices, tokenEndpoint } from "./token.endpoint.js";
import { type TokenErrorServices, tokenErrorFormat } from "./token-error-format.js";

export type OAuthServices = TokenEndpointServices &
  TokenErrorServices &
  IntrospectionEndpointServices &
  RevocationEndpointServices &
  MetadataEndpointServices &
  RegistrationEndpointServices &
  Parameters<typeof jwksEndpoint>[0];

/** How an endpoint deviates from a plain one. */
interface EndpointOptions {
  normalizeRequest?: (oauth: UnresolvedRequest) => UnresolvedRequest;
  /** The form of its errors; RFC 6749's if absent. */
  errorFormat?: ReturnType<typeof tokenErrorFormat>;
}

/** A project's authorization server, under its issuer and under the paths that existing clients know. */
export async function mountOAuth(root: FastifyInstance, services: OAuthServices): Promise<void> {
  const endpoints: FastifyPluginAsync = async (app) => {
    acceptForms(app);
    app.setErrorHandler(sendUnreadable);
    const { projects } = services;
    const projectFromPath: ResolveProjectRef = ({ params }) => params as { projectId: string };
    const projectFromHost: ResolveProjectRef = ({ host }) => ({
      host: projects.normalizeHost(host),
    });
    const token = tokenEndpoint(services);
    const errorFormat = tokenErrorFormat(services);
    const jwks = jwksEndpoint(services);
    const metadata = metadataEndpoint(services);
    const mount = endpointMounter(services);
    const mountPublic = publicEndpointMounter(services);

    for (const [prefix, resolveProjectRef] of [
      ["/projects/:projectId", projectFromPath],
      ["", projectFromHost],
    ] as const) {
      mount(app, `${prefix}/oauth/token`, resolveProjectRef, token, { errorFormat });
      for (const [name, endpoint] of [
        ["introspect", introspectionEndpoint(services)],
        ["revoke", revocationEndpoint(services)],
      ] as const) {
        mount(app, `${prefix}/oauth/${name}`, resolveProjectRef, withProject(services, endpoint));
      }
      mountRegistration(app, services, `${prefix}/oauth/register`, resolveProjectRef);
      mountPublic(app, `${prefix}/.well-known/jwks.json`, resolveProjectRef, jwks);
      // RFC 8414 section 3 puts the path of the issuer behind the well-known part, OpenID before it.
      for (const path of [
        `${prefix}/.well-known/openid-configuration`,
        `${prefix}/.well-known/oauth-authorization-server`,
        `/.well-known/oauth-authorization-server${prefix}`,
        `/.well-known/openid-configuration${prefix}`,
      ]) {
        if (!app.hasRoute({ method: "GET", url: path }))
          mountPublic(app, path, resolveProjectRef, metadata);
      }
    }
    const stytch: FastifyPluginAsync = async (stytchApp) => {
      addStytchFields(stytchApp);
      const normalizeRequest = ignoreProjectCredentials;
      mount(stytchApp, "/v1/public/:projectId/oauth2/token", projectFromPath, token, {
        errorFormat,
        normalizeRequest,
      });
    };
    await app.register(stytch);
    for (const path of ["/v1/sessions/jwks/:projectId", "/v1/b2b/sessions/jwks/:projectId"]) {
      mountPublic(app, path, projectFromPath, jwks);
    }
  };
  await root.register(endpoints);
}

const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"];

function endpointMounter({ projects }: Pick<OAuthServices, "projects">) {
  return (
    app: FastifyInstance,
    path: string,
    resolveProjectRef: ResolveProjectRef,
    endpoint: OAuthEndpoint<UnresolvedRequest>,
    { normalizeRequest = (oauth) => oauth, errorFormat }: EndpointOptions = {},
  ): void => {
    app.route({ method: OTHER_METHODS, url: path, handler: methodNotAllowed });
    app.post(path, async (request, reply) => {
      const projectRef = resolveProjectRef(request);
      let parameters: OAuthParameters = NO_PARAMETERS;
      try {
        parameters = parseParameters(request);
        const { authorization } = request.headers;
        await endpoint(normalizeRequest({ projectRef, parameters, authorization }), request, reply);
        return reply;
      } catch (error) {
        // Without the database nobody knows the project's way of telling errors.
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

/** For endpoints that need to know no more of a request than its project. */
function withProject(
  { projects }: Pick<OAuthServices, "projects">,
  endpoint: OAuthEndpoint,
): OAuthEndpoint<UnresolvedRequest> {
  return async ({ projectRef, ...oauth }, request, reply) => {
    const project = await projects.resolve(projectRef);
    if (!project) throw invalidClient();
    await endpoint({ project, ...oauth }, request, reply);
  };
}

/** POST only (RFC 6749 section 3.2). */
function methodNotAllowed(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = { error: "invalid_request", error_description: "The method must be POST" };
  return reply.code(405).header("allow", "POST").headers(NO_STORE).send(body);
}

/**
 * What Fastify could not even read: a broken body, one that is too long, or of another type. And what
 * no endpoint has an answer for.
 */
function sendUnreadable(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 500;
  if (status >= 500) logError(request.log, error, { reqId: request.id });
  const sentence =
    status === 413 ? "The body is too long" : "The body must be form-encoded or a JSON object";
  const failure = status < 500 ? new CountersignError("BAD_USER_INPUT", sentence) : error;
  sendOAuthError(reply, failure);
}

function publicEndpointMounter({ projects }: Pick<OAuthServices, "projects">) {
  return (
    app: FastifyInstance,
    path: string,
    resolveProjectRef: ResolveProjectRef,
    endpoint: PublicEndpoint,
  ): void => {
    app.get(path, async (request, reply) => {
      const project = await projects.resolve(resolveProjectRef(request));
      return project ? endpoint(project, reply) : sendProjectNotFound(reply);
    });
  };
}
