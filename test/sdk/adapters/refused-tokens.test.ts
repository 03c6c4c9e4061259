import { createVerifier } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type JudgedToken,
  type RefusedTokens,
  startRefusedTokens,
} from "../verify/refused-tokens.js";
import { type AdapterServer, startAllServers } from "./adapter-servers.js";
import { ask, askIssuer } from "./token-requests.js";

/** Node.js takes 16 KiB of headers. */
const MAX_LENGTH = 12_000;

describe("tokens that every verifier refuses", () => {
  let corpus: RefusedTokens;

  beforeAll(async () => {
    corpus = await startRefusedTokens();
  });

  afterAll(async () => {
    await corpus.server.stop();
  });

  async function verdictOf(judged: JudgedToken, server: AdapterServer, atIssuer: boolean) {
    const { token, verifier, scopes = [], proof, sentTwice } = judged;
    const { method: httpMethod, url } = server;
    const headers = {
      authorization: `${proof ? "DPoP" : "Bearer"} ${token}`,
      ...(proof && { dpop: await proof({ httpMethod, url }) }),
    };
    const send = () =>
      atIssuer
        ? askIssuer(corpus.server, { identifier: verifier.audience, scopes }, server, { headers })
        : ask(server, { headers });
    if (sentTwice) await send();
    const { status, error } = await send();
    return error ? `${status} ${error}` : String(status);
  }

  /** Those of one verifier and the same scopes need one server of each framework. */
  function groups(tokens: readonly JudgedToken[]): JudgedToken[][] {
    const ofVerifiers = Map.groupBy(tokens, ({ verifier }) => verifier);
    return [...ofVerifiers.values()].flatMap((group) => [
      ...Map.groupBy(group, ({ scopes = [] }) => scopes.join(" ")).values(),
    ]);
  }

  /** Verdicts by title that are not all the same, or have another status than they must. */
  async function differences(tokens: readonly JudgedToken[]) {
    const found: Record<string, unknown> = {};
    for (const group of groups(tokens)) {
      const [{ verifier, scopes = [] }] = group as [JudgedToken];
      const servers = await startAllServers({
        verifier: createVerifier(verifier),
        scopes: [...scopes],
      });
      for (const judged of group) {
        const verdicts: Record<string, string> = {};
        for (const server of servers) {
          verdicts[server.name] = await verdictOf(judged, server, false);
        }
        const [first] = servers as [AdapterServer];
        verdicts["issuer"] = await verdictOf(judged, first, true);
        const { title, expected } = judged;
        const status = expected === "accepted" ? "200" : String(expected);
        const isRight = verdicts["issuer"].startsWith(status);
        if (!isRight || new Set(Object.values(verdicts)).size > 1) found[title] = verdicts;
      }
      await Promise.all(servers.map((server) => server.stop()));
    }
    return found;
  }

  test("are refused by every adapter and the server with one status and one error", async () => {
    const sent = corpus.refused.filter(({ token }) => /^[\x21-\x7e]+$/.test(token));
    const short = sent.filter(({ token }) => token.length <= MAX_LENGTH);
    expect(short.length).toBeGreaterThan(200);
    expect(await differences(short)).toEqual({});
  });

  test("differ from what is accepted by their fault alone", async () => {
    expect(await differences(corpus.accepted)).toEqual({});
  });
});
