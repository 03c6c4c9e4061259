import {
  type ApiView,
  createApi,
  createGrant,
  issueAccessToken,
  postJson,
} from "../oauth/oauth-operations.js";
import { createClient } from "../support/operations.js";
import type { PageRun } from "./page-run.js";

/** The variables of the examples in docs/reference/routes.md. */
export const ROUTE_VARIABLES = [
  "COUNTERSIGN_URL",
  "COUNTERSIGN_PROJECT_ID",
  "COUNTERSIGN_SECRET",
  "ISSUER",
  "CLIENT_ID",
  "CLIENT_SECRET",
  "AUDIENCE",
  "TOKEN",
  "API_ID",
  "REGISTRAR_TOKEN",
  "REGISTERED_CLIENT_ID",
  "REGISTRATION_ACCESS_TOKEN",
] as const;

/** A client with a token for an API, a registrar, and a client that it has registered. */
export async function callerOfRoutes({ server, known }: PageRun): Promise<void> {
  const { operator, projectId, managementSecret, publicUrl, issuer } = server;
  const scopes = ["read:orders"];
  const api = await createApi(operator, { scopes: [{ value: "read:orders" }] });
  const management = await createApi(operator, {
    identifier: `${issuer}/graphql`,
    scopes: [{ value: "clients:register" }],
  });
  const clientOf = async (granted: ApiView) => {
    const client = await createClient(operator, { scopes });
    await createGrant(operator, client, granted);
    return client;
  };
  const client = await clientOf(api);
  const tokenFor = async (audience: string, of = client) =>
    issueAccessToken(server, of, { audience });
  const registrarToken = await tokenFor(management.identifier, await clientOf(management));
  const { body: registered } = await postJson(
    server,
    `/projects/${projectId}/oauth/register`,
    { client_name: "Nightly export", scope: "read:orders" },
    { authorization: `Bearer ${registrarToken}` },
  );
  const values: Record<(typeof ROUTE_VARIABLES)[number], string> = {
    COUNTERSIGN_URL: publicUrl,
    COUNTERSIGN_PROJECT_ID: projectId,
    COUNTERSIGN_SECRET: managementSecret,
    ISSUER: issuer,
    CLIENT_ID: client.clientId,
    CLIENT_SECRET: client.clientSecret,
    AUDIENCE: api.identifier,
    TOKEN: await tokenFor(api.identifier),
    API_ID: api.apiId,
    REGISTRAR_TOKEN: registrarToken,
    REGISTERED_CLIENT_ID: registered.client_id,
    REGISTRATION_ACCESS_TOKEN: registered.registration_access_token,
  };
  for (const [name, value] of Object.entries(values)) known.set(name, value);
}
