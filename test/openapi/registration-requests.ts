import { postJson, send } from "../oauth/oauth-operations.js";
import type { World } from "./world.js";

/** The life of a registered client, and what its registrar and it are refused. */
export async function registerClients(world: World): Promise<void> {
  const { server, key, registrarToken, powerlessToken } = world;
  const path = `/projects/${server.projectId}/oauth/register`;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const register = (metadata: object, token = registrarToken) =>
    postJson(server, path, metadata, bearer(token));
  const keys = { token_endpoint_auth_method: "private_key_jwt", dpop_bound_access_tokens: true };
  await register({ ...keys, jwks: { keys: [key.jwk] }, response_types: [] });
  const jwks_uri = "https://keys.example.com/jwks.json";
  const { body: byUrl } = await register({ ...keys, jwks_uri });
  await register({ scope: "delete:all" });
  await register({}, "no-token");
  await register({}, powerlessToken);
  const { body: client } = await register({
    client_name: "Nightly export",
    scope: "read:orders",
    grant_types: ["client_credentials"],
  });
  const manage = (method: string, { client_id: id, ...client }: Registered, body?: object) =>
    send(server, `${path}/${id}`, {
      method,
      headers: {
        ...bearer(client.registration_access_token),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  await manage("GET", client);
  const all = { client_id: byUrl.client_id, ...keys, response_types: [], scope: "read:orders" };
  await manage("PUT", byUrl, { ...all, jwks: { keys: [key.jwk] }, client_name: "Export" });
  await manage("PUT", byUrl, { ...all, jwks_uri, grant_types: ["client_credentials"] });
  await manage("PUT", client, { client_id: "another" });
  const stranger = { ...client, registration_access_token: "no-token" };
  for (const method of ["GET", "DELETE"]) await manage(method, stranger);
  await manage("PUT", stranger, { client_id: client.client_id });
  await manage("DELETE", client);
}

interface Registered {
  client_id: string;
  registration_access_token: string;
}
