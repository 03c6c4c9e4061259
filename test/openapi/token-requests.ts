import {
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  dpopProof,
  GRANT,
  post,
  postCredentials,
  postJson,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { githubToken, jwtBearer, TYPE, tokenExchange } from "../oauth/token-exchange-operations.js";
import { createClient } from "../support/operations.js";
import type { World } from "./world.js";

/** Every way to ask for a token, and every refusal, at the token endpoint or at Stytch's. */
export async function askForTokens(world: World, path = tokenPath(world.server)): Promise<void> {
  const { server, client, api } = world;
  const audience = api.identifier;
  const form = (parameters: Record<string, string>, headers = {}) =>
    post(server, path, parameters, headers);
  await form({ ...GRANT, scope: "read:orders" }, basicHeader(client));
  await form({ ...postCredentials(client), audience, resource: audience });
  await postJson(server, path, {
    ...postCredentials(client),
    ...(isStytch(path) && { scopes: [] }),
  });
  await form({
    ...GRANT,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(server, world.keyClient.clientId, world.key),
  });
  await askAsWorkload(world, form);
  await askWithProof(world, path);
  await refuse(world, form);
}

const isStytch = (path: string) => path.startsWith("/v1");

type Form = (parameters: Record<string, string>, headers?: object) => Promise<unknown>;

async function askAsWorkload({ workloads }: World, form: Form): Promise<void> {
  const requested_token_type = `${TYPE}access_token`;
  await form(tokenExchange(await githubToken(workloads), { requested_token_type }));
  await form(jwtBearer(await githubToken(workloads)));
  await form(jwtBearer(await githubToken(workloads, { environment: "unknown" })));
}

async function askWithProof(world: World, path: string): Promise<void> {
  const { server, client, key, auth0Api } = world;
  const ask = async (nonce?: string, parameters = {}) =>
    post(
      server,
      path,
      { ...postCredentials(client), ...parameters },
      {
        dpop: await dpopProof(server, key, {
          claims: {
            nonce,
            ...(isStytch(path) && { htu: `https://auth.example.test${path}` }),
          },
        }),
      },
    );
  const { headers } = await ask();
  const nonce = headers.get("dpop-nonce") ?? "";
  await ask(nonce);
  await ask(nonce, { audience: auth0Api.identifier, scope: "delete:all" });
  await post(server, path, postCredentials(client), { dpop: "no proof" });
}

async function refuse(world: World, form: Form): Promise<void> {
  const { client, otherClient, withoutGrant, auth0Api, server } = world;
  await form({});
  await form({ ...postCredentials(client), client_secret: "wrong" });
  await form({ ...postCredentials(client), scope: "delete:all" });
  await form({ ...postCredentials(client), audience: "https://unknown.example.com" });
  await form(postCredentials(withoutGrant));
  await form({ ...postCredentials(client), grant_type: "password" });
  const auth0 = { audience: auth0Api.identifier };
  await form({ ...postCredentials(client), client_secret: "wrong", ...auth0 });
  await form({ ...GRANT, client_secret: client.clientSecret, ...auth0 });
  await form({ ...postCredentials(otherClient), ...auth0 });
  await form({ ...postCredentials(withoutGrant), ...auth0 });
  await form({ ...postCredentials(client), grant_type: "password", ...auth0 });
  const guessed = await createClient(server.operator);
  for (let attempt = 0; attempt < 10; attempt++) {
    await requestToken(server, { ...guessed, clientSecret: "wrong" });
  }
  const guess = { ...postCredentials(guessed), client_secret: "wrong" };
  await form(guess);
  await form({ ...guess, ...auth0 });
}
