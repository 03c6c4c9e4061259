import { randomUUID } from "node:crypto";
import type { VerifierOptions } from "@countersign/sdk/verify";
import { type CryptoKey, decodeProtectedHeader, exportJWK, type GenerateKeyPairResult } from "jose";
import { startTokenCorpus, type Verification } from "../../clients/token-corpus.js";
import { keyPair } from "../../support/key-pairs.js";
import type { LiveServer } from "../../support/live-server.js";
import { wrongClaims } from "./refused/claims.js";
import { createForge, type Faults, type Forge } from "./refused/forge.js";
import { otherForms } from "./refused/forms.js";
import { forgedHeaders } from "./refused/headers.js";
import type { JudgedToken } from "./refused/judged-token.js";
import { judgedRequests } from "./refused/requests.js";
import { forgedSignatures } from "./refused/signatures.js";

export type { JudgedToken } from "./refused/judged-token.js";
export type { MakeProof, RequestTarget } from "./refused/proofs.js";

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
