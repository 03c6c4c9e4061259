import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import { PROTECTED_RESOURCES_PATH } from "../apis/protected-resources.js";
import { servePublicDocuments } from "../http/public-documents.js";
import { authorizationEndpoint } from "./authorization.endpoint.js";
import { documentMounter, postMounter, sendUnhandledError } from "./endpoint-mounters.js";
import {
  type IntrospectionEndpointServices,
  introspectionEndpoint,
} from "./introspection.endpoint.js";
import { issuerPrefixes, projectFromPath, requestedHost } from "./issuer-prefixes.js";
import { jwksEndpoint } from "./jwks.endpoint.js";
import { type MetadataEndpointServices, metadataEndpoint } from "./metadata.endpoint.js";
import { mountVerification } from "./mount-verification.js";
import { acceptFormsAndJson } from "./oauth-parameters.js";
import type { ReadProjectRef } from "./oauth-request.js";
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
  Parameters<typeof jwksEndpoint>[0] &
  Parameters<typeof protectedResourceEndpoint>[0];

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
    const get = documentMounter(app, ofPath);
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
  const authorize = documentMounter(app, readProjectRef, ["GET", "POST"]);
  authorize(`${prefix}/oauth/authorize`, authorizationEndpoint(services));
  post(`${prefix}/oauth/introspect`, introspectionEndpoint(services));
  post(`${prefix}/oauth/revoke`, revocationEndpoint(services));
  mountRegistration(app, services, `${prefix}/oauth/register`, readProjectRef);
}

function mountDocuments(
  app: FastifyInstance,
  services: OAuthServices,
  prefix: string,
  readProjectRef: ReadProjectRef,
): void {
  const get = documentMounter(app, readProjectRef);
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
