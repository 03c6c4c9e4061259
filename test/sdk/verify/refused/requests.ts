import type { VerifierOptions } from "@countersign/sdk/verify";
import { exportJWK, type GenerateKeyPairResult } from "jose";
import {
  type ClientKey,
  clientKey,
  createGrant,
  requestToken,
} from "../../../oauth/oauth-operations.js";
import type { LiveServer } from "../../../support/live-server.js";
import { type Credentials, createClient, updateClient } from "../../../support/operations.js";
import type { JudgedToken } from "./judged-token.js";
import { type MakeProof, proofsFor, tokenEndpointProof } from "./proofs.js";

/** Tokens of clients whose requests lack something else than a valid token. */
export async function judgedRequests(
  server: LiveServer,
  verifier: VerifierOptions,
  attackers: GenerateKeyPairResult,
): Promise<JudgedToken[]> {
  const { operator } = server;
  const { apiId } = (await operator.request(API, { identifier: verifier.audience }))
    .apiByIdentifier;
  const authorized = async () => {
    const client = await createClient(operator);
    await createGrant(operator, client, { apiId });
    return client;
  };
  const request = async (client: Credentials, headers: Record<string, string> = {}) =>
    requestToken(server, client, { audience: verifier.audience }, headers);
  const issue = async (client: Credentials) => (await request(client)).body.access_token as string;
  const issueBound = async (client: Credentials, key: ClientKey) => {
    const url = `${server.issuer}/oauth/token`;
    const challenge = await request(client, { dpop: await tokenEndpointProof(url, key) });
    const nonce = challenge.headers.get("dpop-nonce");
    const answer = await request(client, { dpop: await tokenEndpointProof(url, key, nonce) });
    return answer.body.access_token as string;
  };

  const client = await authorized();
  const token = await issue(client);
  const [key, another] = [await clientKey(), await clientKey()];
  const bound = await issueBound(client, key);
  const proofs = proofsFor(bound, key, another, await exportJWK(attackers.publicKey));
  const asking = await withRevocation(operator, apiId, verifier);

  const judged = (
    title: string,
    expected: JudgedToken["expected"],
    rest: Partial<JudgedToken>,
  ) => ({
    title,
    token,
    verifier,
    expected,
    ...rest,
  });
  const boundWith = (title: string, expected: JudgedToken["expected"], proof?: MakeProof) =>
    judged(title, expected, { token: bound, ...(proof && { proof }) });
  return [
    judged("a granted scope", "accepted", { scopes: ["read:invoices"] }),
    judged("an unrevoked token", "accepted", { verifier: asking }),
    ...LACKING_SCOPES.map((scopes) =>
      judged(`without the scopes ${scopes.join(" ")}`, 403, { scopes }),
    ),
    boundWith("a bound token with its proof", "accepted", proofs.right),
    boundWith("a bound token without a proof", 401),
    { ...boundWith("a bound token with a used proof", 401, proofs.right), sentTwice: true },
    {
      ...boundWith("a bound token without a scope", 403, proofs.right),
      scopes: ["delete:invoices"],
    },
    ...Object.entries(proofs.wrong).map(([title, proof]) =>
      boundWith(`a bound token with a proof ${title}`, 401, proof),
    ),
    judged("an unbound token with a proof", 401, { proof: proofs.right }),
    judged("a proof as the token", 401, {
      token: await proofs.right({ httpMethod: "GET", url: verifier.audience }),
    }),
    ...["client secret", "client id"].map((title, index) =>
      judged(`a ${title} as the token`, 401, {
        token: index === 0 ? client.clientSecret : client.clientId,
      }),
    ),
    ...(await revokedTokens(operator, authorized, issue)).map(([title, revoked]) =>
      judged(title, 401, { token: revoked, verifier: asking, onlyByRevocation: true }),
    ),
  ];
}

const API = "query ($identifier: String!) { apiByIdentifier(identifier: $identifier) { apiId } }";
const LACKING_SCOPES = [
  ["delete:invoices"],
  ["read:*"],
  ["*"],
  ["read"],
  ["READ:invoices"],
  ["read:invoice"],
  ["read:invoices:all"],
  ["read:invoices", "delete:invoices"],
  ["settings:read"],
];

async function withRevocation(
  operator: LiveServer["operator"],
  apiId: string,
  verifier: VerifierOptions,
): Promise<VerifierOptions> {
  const { clientId, clientSecret } = await createClient(operator, { scopes: [] });
  await operator.request(
    "mutation ($input: UpdateApiInput!) { updateApi(input: $input) { api { apiId } } }",
    { input: { apiId, introspectionClientId: clientId } },
  );
  return { ...verifier, revocation: { clientId, clientSecret } };
}

async function revokedTokens(
  operator: LiveServer["operator"],
  authorized: () => Promise<Credentials>,
  issue: (client: Credentials) => Promise<string>,
): Promise<[title: string, token: string][]> {
  const revoked = async (title: string, revoke: (clientId: string, token: string) => unknown) => {
    const client = await authorized();
    const token = await issue(client);
    await revoke(client.clientId, token);
    return [title, token] as [string, string];
  };
  const mutate = (mutation: string, input: object) =>
    operator.request(mutation, { input: { ...input } });
  return [
    await revoked("a revoked token", (_, accessToken) =>
      mutate("mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }", {
        accessToken,
      }),
    ),
    await revoked("a token of an inactive client", (clientId) =>
      updateClient(operator, { clientId, status: "INACTIVE" }),
    ),
    await revoked("a token of a deleted client", (clientId) =>
      mutate("mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }", {
        clientId,
      }),
    ),
    await revoked("a token of a client whose tokens are revoked", (clientId) =>
      mutate(
        "mutation ($input: RevokeClientTokensInput!) { revokeClientTokens(input: $input) { client { clientId } } }",
        { clientId },
      ),
    ),
  ];
}
