import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { PROTECTED_RESOURCES_PATH } from "../apis/protected-resources.js";
import { invalidClient } from "../clients/authentication-failure.js";
import { servePublicDocuments } from "../http/public-documents.js";
import { isRefusedRequest } from "../http/request-errors.js";
import { transientErrorCode } from "../persistence/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { authorizationEndpoint } from "./authorization.endpoint.js";
import {
  type IntrospectionEndpointServices,
  introspectionEndpoint,
} from "./introspection.endpoint.js";
import { issuerPrefixes, projectFromPath, requestedHost } from "./issuer-prefixes.js";
import { jwksEndpoint } from "./jwks.endpoint.js";
import { type MetadataEndpointServices, metadataEndpoint } from "./metadata.endpoint.js";
import { mountVerification } from "./mount-verification.js";
import { sendInvalidRequest, sendOAuthError, sendProjectNotFound } from "./oauth-error.js";
import {
  acceptFormsAndJson,
  NO_PARAMETERS,
  type OAuthParameters,
  parseParameters,
} from "./oauth-parameters.js";
import type {
  OAuthEndpoint,
  OAuthRequest,
  ProjectOAuthRequest,
  PublicEndpoint,
  ReadProjectRef,
} from "./oauth-request.js";
import { protectedResourceEndpoint } from "./protected-resource.endpoint.js";
import { mountRegistration, type RegistrationEndpointServices } from "./registration.endpoint.js";
import { type RevocationEndpointServices, revocationEndpoint } from "./revocation.endpoint.js";
import { addStytchFields, ignoreProjectCredentials, joinScopes } from "./stytch-compat.js";
import { type TokenEndpointServices, tokenEndpoint } from "./token.endpoint.js";
import { type TokenErrorServices, tokenErrorFormat } from "./token-error-format.js";
import type { VerifyEndpointServices } from "./verify.endpoint.js";

export type OAuthServices = TokenEndpointServices &
  TokenErrorServices &
  IntrospectionEndpointServices &
  RevocationEndpointServices &
  MetadataEndpointServices &
  VerifyEndpointServices &
  RegistrationEndpointServices &
  Parameters<typeof jwksEndpoint>[0];

type Projects = OAuthServices["projects"];

interface EndpointOptions {
  normalizeBody?: (body: unknown) => unknown;
  normalizeRequest?: (oauthRequest: OAuthRequest) => OAuthRequest;
  /** Format of the endpoint's errors; absent: RFC 6749's. */
  errorFormat?: ReturnType<typeof tokenErrorFormat>;
}

/** Mounts the OAuth endpoints of every project: by project id, by issuer and on Stytch's paths. */
export async function mountOAuth(root: FastifyInstance, services: OAuthServices): Promise<void> {
  const { projects } = services;
  const issuers = issuerPrefixes(projects, requestedHost);
  const ofPath = projectFromPath(projects, requestedHost);
  const endpoints: FastifyPluginAsync = async (app) => {
    acceptFormsAndJson(app);
    app.setErrorHandler(sendUnhandledError);
    for (const [prefix, readProjectRef] of issuers) {
      mountEndpoints(app, services, prefix, readProjectRef);
    }
    await app.register(mountVerification(services));
    await mountStytchTokenEndpoint(app, services, ofPath);
  };
  const documents: FastifyPluginAsync = async (app) => {
    app.setErrorHandler(sendUnhandledError);
    await servePublicDocuments(app);
    for (const [prefix, readProjectRef] of issuers) {
      mountDocuments(app, services, prefix, readProjectRef);
    }
    const get = documentMounter(app, projects, ofPath);
    get("/v1/sessions/jwks/:projectId", jwksEndpoint(services));
    get("/v1/b2b/sessions/jwks/:projectId", jwksEndpoint(services));
  };
  await root.register(endpoints);
  await root.register(documents);
}

function mountEndpoints(
  app: FastifyInstance,
  services: OAuthServices,
  prefix: string,
  readProjectRef: ReadProjectRef,
): void {
  const { projects } = services;
  const post = postMounter(app, projects, readProjectRef);
  post(`${prefix}/oauth/token`, tokenEndpoint(services), {
    errorFormat: tokenErrorFormat(services),
  });
  const authorize = documentMounter(app, projects, readProjectRef, ["GET", "POST"]);
  authorize(`${prefix}/oauth/authorize`, authorizationEndpoint(services));
  post(`${prefix}/oauth/introspect`, withProject(projects, introspectionEndpoint(services)));
  post(`${prefix}/oauth/revoke`, withProject(projects, revocationEndpoint(services)));
  mountRegistration(app, services, `${prefix}/oauth/register`, readProjectRef);
}

function mountDocuments(
  app: FastifyInstance,
  services: OAuthServices,
  prefix: string,
  readProjectRef: ReadProjectRef,
): void {
  const get = documentMounter(app, services.projects, readProjectRef);
  const metadata = metadataEndpoint(services);
  get(`${prefix}/.well-known/jwks.json`, jwksEndpoint(services));
  get(`${prefix}${PROTECTED_RESOURCES_PATH}/:apiId`, protectedResourceEndpoint(services));
  // OpenID Connect Discovery section 4 appends the well-known path to the issuer's path; RFC 8414
  // section 3 puts it before the issuer's path. Each document is served on both.
  const paths = ["openid-configuration", "oauth-authorization-server"].flatMap((document) => [
    `${prefix}/.well-known/${document}`,
    `/.well-known/${document}${prefix}`,
    // RFC 8414 removes a slash at the issuer's end; some libraries do not.
    `/.well-known/${document}${prefix}/`,
  ]);
  for (const path of new Set(paths)) get(path, metadata);
}

async function mountStytchTokenEndpoint(
  app: FastifyInstance,
  services: OAuthServices,
  readProjectRef: ReadProjectRef,
): Promise<void> {
  const { projects } = services;
  const tokenPath: FastifyPluginAsync = async (stytchApp) => {
    addStytchFields(stytchApp);
    const post = postMounter(stytchApp, projects, readProjectRef);
    post("/v1/public/:projectId/oauth2/token", tokenEndpoint(services), {
      errorFormat: tokenErrorFormat(services),
      normalizeBody: joinScopes,
      normalizeRequest: ignoreProjectCredentials,
    });
  };
  await app.register(tokenPath);
}

function postMounter(app: FastifyInstance, projects: Projects, readProjectRef: ReadProjectRef) {
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

function documentMounter(
  app: FastifyInstance,
  projects: Projects,
  readProjectRef: ReadProjectRef,
  method: ("GET" | "POST")[] = ["GET"],
) {
  return (url: string, endpoint: PublicEndpoint): void => {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const projectRef = readProjectRef(request);
      const project = await projects.resolve(projectRef);
      return project ? endpoint(project, reply, projectRef) : sendProjectNotFound(reply);
    };
    app.route({ method, url, handler });
  };
}

/** Loads the project for an endpoint that does not load it together with the client. */
function withProject(
  projects: Projects,
  endpoint: OAuthEndpoint<ProjectOAuthRequest>,
): OAuthEndpoint {
  return async ({ projectRef, ...oauthRequest }, request, reply) => {
    const project = await projects.resolve(projectRef);
    if (!project) throw invalidClient();
    await endpoint({ project, ...oauthRequest }, request, reply);
  };
}

/** Answers bodies that Fastify rejects (malformed, too long, of another type) and unexpected errors. */
function sendUnhandledError(
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
