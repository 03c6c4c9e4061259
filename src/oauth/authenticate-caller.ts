import type { FastifyRequest } from "fastify";
import { invalidClient } from "../clients/authentication-failure.js";
import { type Client, ownerOf } from "../clients/client.entity.js";
import { secretsIn } from "../clients/joined-secrets.js";
import { withUsability } from "../clients/usable-client.js";
import type { ManagementKeyAuthenticator } from "../projects/management-key-authenticator.js";
import type { ProjectStore } from "../projects/project-store.js";
import { parseBasic, passwordForms } from "../shared/authorization-header.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { Permission } from "../shared/permissions.js";
import { parseAccessToken, type UnverifiedAccessToken } from "../tokens/unverified-access-token.js";
import { authenticateClient } from "./client-authentication/authenticate-client.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import type { CallerClaim, EndpointContext, EndpointContextLoader } from "./endpoint-context.js";
import { type OAuthRequest, requestSource } from "./oauth-request.js";

export interface EndpointCallerServices {
  projects: ProjectStore;
  managementKeyAuthenticator: ManagementKeyAuthenticator;
  endpointContexts: EndpointContextLoader;
  authenticationMethods: readonly ClientAuthenticationMethod[];
}

/** The authenticated caller of the introspection or revocation endpoint. */
export type EndpointCaller =
  | { kind: "managementKey"; caller: Caller }
  | { kind: "client"; client: Pick<Client, "clientId">; caller: Caller };

/** A request about a token whose caller has been authenticated. */
export interface EndpointRequest {
  endpointCaller: EndpointCaller;
  /** Null: the text is no access token. */
  token: UnverifiedAccessToken | null;
  context: EndpointContext;
}

/**
 * Authenticates the caller with the read that its token is verified with.
 * @throws INVALID_CLIENT, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED
 */
export async function authenticateEndpointCaller(
  services: EndpointCallerServices,
  { projectRef, parameters, authorization }: OAuthRequest,
  request: FastifyRequest,
  permission: Permission,
): Promise<EndpointRequest> {
  const source = requestSource(request);
  const projectId =
    projectRef.projectId ?? (await services.projects.resolve(projectRef))?.projectId;
  if (projectId === undefined) throw invalidClient();
  const token = nullIfInvalid(() => parseAccessToken(parameters.get("token") ?? ""));
  const load = async (claim: CallerClaim) => {
    const context = await services.endpointContexts.load(projectId, token, claim);
    if (!context) throw invalidClient();
    return context;
  };
  const basic = parseBasic(authorization ?? "");
  if (basic?.user === projectId) {
    const { caller, loaded } = await services.managementKeyAuthenticator.authenticateWith(
      projectId,
      passwordForms(basic.password),
      source,
      (secretHashes) => load({ secretHashes }),
    );
    assertPermitted(caller, permission);
    return { endpointCaller: { kind: "managementKey", caller }, token, context: loaded };
  }
  const { client, context } = await authenticateClient(services.authenticationMethods, {
    parameters,
    authorization,
    source,
    load: async (clientId) => toLoadedClient(await load({ clientId })),
  });
  return {
    endpointCaller: { kind: "client", client, caller: { ...source, ...callerOf(client) } },
    token,
    context,
  };
}

function toLoadedClient(context: EndpointContext) {
  const { project, caller, isCallersOwnerActive } = context;
  return {
    project,
    client: withUsability(caller, isCallersOwnerActive),
    secrets: secretsIn(context),
    context,
  };
}

function callerOf(
  client: Pick<Client, "projectId" | "clientId" | "expiresAt" | "ownerType" | "ownerId">,
) {
  const { projectId, clientId, expiresAt } = client;
  return {
    projectId,
    actor: { type: "CLIENT" as const, id: clientId },
    permissions: new Set<Permission>(),
    expiresAt,
    owner: ownerOf(client),
  };
}

/** An invalid token is no error of these endpoints (RFC 7662 section 2.2, RFC 7009 section 2.2). */
export function nullIfInvalid<Token>(verify: () => Token): Token | null {
  try {
    return verify();
  } catch (error) {
    if (error instanceof CountersignError && error.code === "INVALID_TOKEN") return null;
    throw error;
  }
}
