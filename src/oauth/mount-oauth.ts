import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { invalidClient } from "../clients/client-authenticator.js";
import type { Project } from "../projects/project.entity.js";
import { unavailabilityOf } from "../shared/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { logFailure } from "../shared/log-failure.js";
import { audienceOf } from "./grants/access-request.js";
import { introspectionEndpoint } from "./introspection.endpoint.js";
import { jwksEndpoint } from "./jwks.endpoint.js";
import { metadataEndpoint } from "./metadata.endpoint.js";
import { NO_STORE, sendNoSuchProject, sendOAuthError } from "./oauth-error.js";
import type {
  OAuthRequest,
  OAuthServices,
  ProjectRefOf,
  UnresolvedRequest,
} from "./oauth-request.js";
import { acceptForms, NO_PARAMETERS, type OAuthParameters, parametersOf } from "./parameters.js";
import { mountRegistration } from "./registration.endpoint.js";
import { revocationEndpoint } from "./revocation.endpoint.js";
import { answerLikeStytch, withoutProjectCredentials } from "./stytch-dialect.js";
import { tokenEndpoint } from "./token.endpoint.js";

/** Sends an answer, or throws; where there is no such project, whatever. */
type Endpoint<Request> = (
  services: OAuthServices,
  oauth: Request,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<void>;

/** A project's authorization server, under its issuer and under the paths that existing clients know. */
export async function mountOAuth(root: FastifyInstance, services: OAuthServices): Promise<void> {
  const endpoints: FastifyPluginAsync = async (app) => {
    acceptForms(app);
    app.setErrorHandler(refuse);
    const { projects } = services;
    const byPath: ProjectRefOf = ({ params }) => params as { projectId: string };
    const byHost: ProjectRefOf = ({ host }) => ({ host: projects.issuerHostOf(host) });

    for (const [prefix, refOf] of [
      ["/projects/:projectId", byPath],
      ["", byHost],
    ] as const) {
      mountEndpoint(app, services, `${prefix}/oauth/token`, refOf, tokenEndpoint);
      mountEndpoint(
        app,
        services,
        `${prefix}/oauth/introspect`,
        refOf,
        ofProject(introspectionEndpoint),
      );
      mountEndpoint(app, services, `${prefix}/oauth/revoke`, refOf, ofProject(revocationEndpoint));
      mountRegistration(app, services, `${prefix}/oauth/register`, refOf);
      mountPublic(app, services, `${prefix}/.well-known/jwks.json`, refOf, jwksEndpoint);
      // RFC 8414 section 3 puts the path of the issuer behind the well-known part, OpenID before it.
      for (const path of [
        `${prefix}/.well-known/openid-configuration`,
        `${prefix}/.well-known/oauth-authorization-server`,
        `/.well-known/oauth-authorization-server${prefix}`,
        `/.well-known/openid-configuration${prefix}`,
      ]) {
        if (!app.hasRoute({ method: "GET", url: path })) {
          mountPublic(app, services, path, refOf, metadataEndpoint);
        }
      }
    }
    const stytch: FastifyPluginAsync = async (part) => {
      answerLikeStytch(part);
      const path = "/v1/public/:projectId/oauth2/token";
      mountEndpoint(part, services, path, byPath, tokenEndpoint, withoutProjectCredentials);
    };
    await app.register(stytch);
    for (const path of ["/v1/sessions/jwks/:projectId", "/v1/b2b/sessions/jwks/:projectId"]) {
      mountPublic(app, services, path, byPath, jwksEndpoint);
    }
  };
  await root.register(endpoints);
}

const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"];

function mountEndpoint(
  app: FastifyInstance,
  services: OAuthServices,
  path: string,
  refOf: ProjectRefOf,
  endpoint: Endpoint<UnresolvedRequest>,
  adapt: (oauth: UnresolvedRequest) => UnresolvedRequest = (oauth) => oauth,
): void {
  app.route({ method: OTHER_METHODS, url: path, handler: refuseMethod });
  app.post(path, async (request, reply) => {
    const projectRef = refOf(request);
    let parameters: OAuthParameters = NO_PARAMETERS;
    try {
      parameters = parametersOf(request);
      const { authorization } = request.headers;
      const oauth = adapt({ projectRef, parameters, authorization });
      await endpoint(services, oauth, request, reply);
      return reply;
    } catch (error) {
      // Without the database nobody knows the project's way of telling errors.
      if (unavailabilityOf(error) !== null) throw error;
      const project = await services.projects.resolve(projectRef);
      if (!project) return sendNoSuchProject(reply);
      logFailure(request.log, error, { reqId: request.id, ipAddress: request.ip });
      // Auth0 has no other endpoint of these.
      const auth0 =
        endpoint === tokenEndpoint && (await answersLikeAuth0(services, project, parameters));
      return sendOAuthError(reply, error, { auth0, parameters });
    }
  });
}

/** For endpoints that need to know no more of a request than its project. */
function ofProject(endpoint: Endpoint<OAuthRequest>): Endpoint<UnresolvedRequest> {
  return async (services, { projectRef, ...oauth }, request, reply) => {
    const project = await services.projects.resolve(projectRef);
    if (!project) throw invalidClient();
    await endpoint(services, { project, ...oauth }, request, reply);
  };
}

/** POST only (RFC 6749 section 3.2). */
function refuseMethod(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = { error: "invalid_request", error_description: "The method must be POST" };
  return reply.code(405).header("allow", "POST").headers(NO_STORE).send(refusal);
}

/**
 * What Fastify could not even read: a broken body, one that is too long, or of another type. And what
 * no endpoint has an answer for.
 */
function refuse(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 500;
  if (status >= 500) logFailure(request.log, error, { reqId: request.id });
  const sentence =
    status === 413 ? "The body is too long" : "The body must be form-encoded or a JSON object";
  const refusal = status < 500 ? new CountersignError("BAD_USER_INPUT", sentence) : error;
  sendOAuthError(reply, refusal, { auth0: false, parameters: NO_PARAMETERS });
}

function mountPublic(
  app: FastifyInstance,
  services: OAuthServices,
  path: string,
  refOf: ProjectRefOf,
  endpoint: (
    services: OAuthServices,
    project: Project,
    reply: FastifyReply,
  ) => FastifyReply | Promise<FastifyReply>,
): void {
  app.get(path, async (request, reply) => {
    const project = await services.projects.resolve(refOf(request));
    return project ? endpoint(services, project, reply) : sendNoSuchProject(reply);
  });
}

/** An API's profile says how its errors look, and the project's where no API is meant. */
async function answersLikeAuth0(
  { apis }: OAuthServices,
  project: Project,
  parameters: OAuthParameters,
): Promise<boolean> {
  const audience = audienceOf(parameters) ?? project.defaultAudience;
  const api = audience
    ? await apis.findByIdentifier(project.projectId, audience).catch(() => null)
    : null;
  return (api?.tokenProfile ?? project.tokenProfile) === "AUTH0";
}
