import { randomUUID } from "node:crypto";
import type { VerifierOptions } from "@countersign/sdk/verify";
import { type CryptoKey, decodeProtectedHeader, exportJWK, type GenerateKeyPairResult } from "jose";
import { startTokenCorpus, type Verification } from "../../clients/token-corpus.js";
import {
  type ClientKey,
  clientKey,
  createGrant,
  requestToken,
} from "../../oauth/oauth-operations.js";
import { keyPair } from "../../support/key-pairs.js";
import type { LiveServer } from "../../support/live-server.js";
import { type Credentials, createClient, updateClient } from "../../support/operations.js";
import { wrongClaims } from "./refused/claims.js";
import { createForge, type Faults, type Forge } from "./refused/forge.js";
import { otherForms } from "./refused/forms.js";
import { forgedHeaders } from "./refused/headers.js";
import { type MakeProof, proofsFor, tokenEndpointProof } from "./refused/proofs.js";
import { forgedSignatures } from "./refused/signatures.js";

export type { MakeProof, RequestTarget } from "./refused/proofs.js";

/** A token with the request that carries it, and how every verifier must answer. */
export interface JudgedToken {
  title: string;
  token: string;
  /** Settings of a verifier of the audience. The same object for all tokens of one verifier. */
  verifier: VerifierOptions;
  /** 401 and 403 are refusals. */
  expected: "accepted" | 401 | 403;
  /** Scopes that the request needs. */
  scopes?: readonly string[];
  /** The DPoP header of the request to this method and URL. */
  proof?: MakeProof;
  /** Whether the verifier sees it only if it asks the issuer: see `verifier.revocation`. */
  onlyByRevocation?: true;
  /** The request is sent twice with the same proof; the second one is judged. */
  sentTwice?: true;
}

export interface RefusedTokens {
  server: LiveServer;
  accepted: readonly JudgedToken[];
  /** At least 200, without two of the same title. */
  refused: readonly JudgedToken[];
}

const MAIN = "https://api.example.com/RFC9068/RS256";

/** What every verifier must refuse, and controls that it must accept, from a running server. */
export async function startRefusedTokens(): Promise<RefusedTokens> {
  const pairs: GenerateKeyPairResult[] = [];
  const corpus = await startTokenCorpus({
    trustedProxies: ["127.0.0.1"],
    generateKeyPair: async (algorithm) => {
      const pair = await keyPair(algorithm);
      pairs.push(pair);
      return pair;
    },
  });
  const { server } = corpus;
  const verifications = corpus.verifications.filter(({ typ }) => typ !== "session+jwt");
  const accepted: JudgedToken[] = [];
  const refused: JudgedToken[] = [];

  for (const { issuer, audience, typ, algorithm, valid, invalid } of verifications) {
    const verifier: VerifierOptions = {
      issuer,
      audience,
      profile: typ === "at+jwt" ? "RFC9068" : "DEFAULT",
      algorithms: [algorithm as "RS256"],
    };
    const title = (of: string) => `${audience}: ${of}`;
    const token = valid["an access token"] ?? "";
    accepted.push({ title: title("an access token"), token, verifier, expected: "accepted" });
    for (const [of, forged] of Object.entries(invalid)) {
      refused.push({ title: title(of), token: forged, verifier, expected: 401 });
    }
  }

  const tokenFor = (audience: string) =>
    verifications.find((verification) => verification.audience === audience)?.valid[
      "an access token"
    ] ?? "";
  const verifier: VerifierOptions = { issuer: server.issuer, audience: MAIN };
  const attackers = await keyPair("RS256");
  const token = tokenFor(MAIN);
  const forge = createForge(token, await pairOf(token, verifications, pairs), attackers);
  const faults: Faults = {
    ...forgedSignatures(forge, tokenFor("https://api.example.com/DEFAULT/RS256")),
    ...forgedHeaders(forge, await kidOfOtherProject(server, corpus.other.projectId)),
    ...wrongClaims(forge, server.projectId),
    ...(await otherForms(forge)),
  };
  for (const [title, forged] of Object.entries(faults)) {
    refused.push({ title, token: forged, verifier, expected: 401 });
  }
  accepted.push(...forgedControls(forge, verifier));

  const requests = await judgedRequests(server, verifier, attackers);
  return {
    server,
    accepted: [...accepted, ...requests.filter(({ expected }) => expected === "accepted")],
    refused: [...refused, ...requests.filter(({ expected }) => expected !== "accepted")],
  };
}

/** What the forge makes is refused for its one fault alone. */
function forgedControls({ forge, claims }: Forge, verifier: VerifierOptions): JudgedToken[] {
  const controls: Faults = {
    "what the issuer's key signs": forge({}),
    "the audience in a list of two": forge({ aud: ["https://other.example.com", MAIN] }),
    "the client in azp": forge({
      client_id: undefined,
      azp: claims.sub,
      sub: `${claims.sub}@clients`,
    }),
    "the typ of the other profiles": forge({}, { typ: "JWT" }),
    "issued by a clock that is ahead": forge({
      iat: Number(claims.iat) + 20,
      nbf: Number(claims.iat) + 20,
    }),
    "unknown parameters of the header": forge(
      {},
      { jku: "https://attacker.example.com/jwks.json" },
    ),
    "no scopes": forge({ scope: undefined }),
  };
  return Object.entries(controls).map(([title, token]) => ({
    title,
    token,
    verifier,
    expected: "accepted",
  }));
}

/** Tokens of clients whose requests lack something else than a valid token. */
async function judgedRequests(
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

async function pairOf(
  token: string,
  verifications: readonly Verification[],
  pairs: readonly GenerateKeyPairResult[],
): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const { kid } = decodeProtectedHeader(token);
  const keys = verifications.flatMap(({ jwks }) => jwks.keys);
  const modulus = keys.find((key) => key.kid === kid)?.n;
  for (const pair of pairs) {
    if ((await exportJWK(pair.publicKey)).n === modulus) return pair;
  }
  throw new Error("the server's key is not one of those that it has generated");
}

async function kidOfOtherProject({ publicUrl }: LiveServer, projectId: string): Promise<string> {
  const url = `${publicUrl}/projects/${projectId}/.well-known/jwks.json`;
  const { keys } = (await (await fetch(url)).json()) as { keys: { kid: string }[] };
  return keys[0]?.kid ?? randomUUID();
}
