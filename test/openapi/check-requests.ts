import { createHash } from "node:crypto";
import {
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  dpopProof,
  issueAccessToken,
  type OAuthAnswer,
  post,
  postJson,
  requestToken,
  send,
} from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { createClient, createKey } from "../support/operations.js";
import { FORWARDED, type World } from "./world.js";

const OLD_TOKEN = { token_type_hint: "access_token" };

/** Introspection and revocation: by each kind of caller, and refused. */
export async function checkTokens(world: World, endpoint: "introspect" | "revoke"): Promise<void> {
  const { server, client, otherClient } = world;
  const path = `/projects/${server.projectId}/oauth/${endpoint}`;
  const token = await issueAccessToken(server, client);
  await post(server, path, { token }, basicHeader(otherClient));
  await post(server, path, { token, ...OLD_TOKEN }, basicHeader(client));
  await post(server, path, { token }, { ...basicHeader(client), accept: SIGNED });
  await postJson(server, path, {
    token,
    client_id: otherClient.clientId,
    client_secret: otherClient.clientSecret,
  });
  await post(server, path, {
    token,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(server, world.keyClient.clientId, world.key),
  });
  await post(server, path, {}, basicHeader(client));
  await post(server, path, { token }, basicHeader({ ...client, clientSecret: "wrong" }));
  const key = await createKey(server.operator, ["apis:read"]);
  const authorization = basicAuthorization(server.projectId, key.secret);
  await post(server, path, { token }, { authorization });
  const guessed = await createClient(server.operator);
  const guess = { ...guessed, clientSecret: "wrong" };
  for (let attempt = 0; attempt < 11; attempt++) {
    await post(server, path, { token }, basicHeader(guess));
  }
}

const SIGNED = "application/token-introspection+jwt";

/** What a gateway may ask, and what it is told. */
export async function askAsGateway(world: World): Promise<void> {
  const { server, client, token, api, powerlessToken } = world;
  const ask = (
    query: Record<string, string>,
    authorization?: string,
    headers: Record<string, string> = {},
  ): Promise<OAuthAnswer> =>
    send(server, `/projects/${server.projectId}/oauth/verify?${new URLSearchParams(query)}`, {
      headers: { ...(authorization && { authorization }), ...headers },
    });
  const audience = api.identifier;
  await ask({ audience, scope: "read:orders" }, `Bearer ${token}`);
  await ask({}, `Bearer ${token}`);
  await ask({ audience, scope: '"' }, `Bearer ${token}`);
  await send(server, `/projects/${server.projectId}/oauth/verify?audience=a&audience=b`);
  await ask({ audience });
  await ask({ audience }, `Bearer ${powerlessToken}`);
  await ask({ audience, scope: "delete:orders" }, `Bearer ${token}`);
  await ask({ audience: server.projectId }, `DPoP ${await boundToken(world)}`, FORWARDED);
  const bound = await boundToken(world);
  const ath = createHash("sha256").update(bound).digest("base64url");
  const original = { htm: "POST", htu: "https://api.example.com/orders", ath };
  const dpop = await dpopProof(server, world.key, { claims: original });
  await ask({ audience: server.projectId }, `DPoP ${bound}`, { ...FORWARDED, dpop });
  const basic = (clientSecret: string) => basicAuthorization(client.clientId, clientSecret);
  await ask({ audience }, basic(client.clientSecret), FORWARDED);
  for (let attempt = 0; attempt < 11; attempt++) await ask({ audience }, basic("wrong"), FORWARDED);
}

async function boundToken({ server, client, key }: World): Promise<string> {
  const ask = async (nonce?: string) =>
    requestToken(server, client, {}, { dpop: await dpopProof(server, key, { claims: { nonce } }) });
  const { headers } = await ask();
  return (await ask(headers.get("dpop-nonce") ?? "")).body.access_token;
}
