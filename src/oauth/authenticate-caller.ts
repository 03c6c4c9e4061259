import type { FastifyRequest } from "fastify";
import { type Client, ownerOf } from "../clients/client.entity.js";
import type { ClientSecretStore } from "../clients/client-secret-store.js";
import type { ClientStore } from "../clients/client-store.js";
import type { ManagementKeyAuthenticator } from "../projects/management-key-authenticator.js";
import { parseBasic, passwordForms } from "../shared/authorization-header.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { Permission } from "../shared/permissions.js";
import { authenticateClient } from "./client-authentication/authenticate-client.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import { type ProjectOAuthRequest, requestSource } from "./oauth-request.js";

export interface EndpointCallerServices {
  managementKeyAuthenticator: ManagementKeyAuthenticator;
  clients: ClientStore;
  clientSecrets: ClientSecretStore;
  authenticationMethods: readonly ClientAuthenticationMethod[];
}

/** The authenticated caller of the introspection or revocation endpoint. */
export type EndpointCaller =
  | { kind: "managementKey"; caller: Caller }
  | { kind: "client"; client: Client; caller: Caller };

/** @throws INVALID_CLIENT, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
export async function authenticateEndpointCaller(
  services: EndpointCallerServices,
  { project, parameters, authorization }: ProjectOAuthRequest,
  request: FastifyRequest,
  permission: Permission,
): Promise<EndpointCaller> {
  const source = requestSource(request);
  const basic = parseBasic(authorization ?? "");
  if (basic?.user === project.projectId) {
    const caller = await services.managementKeyAuthenticator.authenticate(
      basic.user,
      passwordForms(basic.password),
      source,
    );
    assertPermitted(caller, permission);
    return { kind: "managementKey", caller };
  }
  const { projectId } = project;
  const { client } = await authenticateClient(services.authenticationMethods, {
    parameters,
    authorization,
    source,
    load: async (clientId) => ({
      project,
      client: await services.clients.findWithUsability(projectId, clientId),
      secrets: await services.clientSecrets.listValid({ projectId, clientId }),
    }),
  });
  const actor = { type: "CLIENT" as const, id: client.clientId };
  return {
    kind: "client",
    client,
    caller: {
      ...source,
      projectId,
      actor,
      permissions: new Set(),
      expiresAt: client.expiresAt,
      owner: ownerOf(client),
    },
  };
}
