import {
  createVerifier,
  TokenRefused,
  type Verifier,
  type VerifierOptions,
} from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { VERIFY_TOKEN } from "../../support/operations.js";
import { type JudgedToken, type RefusedTokens, startRefusedTokens } from "./refused-tokens.js";

const TARGET = { httpMethod: "GET", url: "https://orders.example.com/orders" };

/** A status, or that the token was accepted. */
type Judge = (judged: JudgedToken) => Promise<unknown>;

describe("tokens that every verifier refuses", () => {
  let corpus: RefusedTokens;
  const verifiers = new Map<VerifierOptions, Verifier>();

  beforeAll(async () => {
    corpus = await startRefusedTokens();
  });

  afterAll(async () => {
    await corpus.server.stop();
  });

  const bySdk: Judge = async ({ token, verifier: options, scopes = [], proof, sentTwice }) => {
    const verifier = verifiers.get(options) ?? createVerifier(options);
    verifiers.set(options, verifier);
    const dpop = proof && { proof: await proof(TARGET), ...TARGET };
    const verify = () =>
      verifier.verifyAccessToken(token, { scopes, ...(dpop && { proof: { dpop } }) }).then(
        () => "accepted",
        (error: unknown) => {
          if (!(error instanceof TokenRefused)) throw error;
          return error.status;
        },
      );
    if (sentTwice) await verify();
    return verify();
  };

  const STATUSES: Record<string, number> = {
    INVALID_TOKEN: 401,
    BAD_USER_INPUT: 401,
    INVALID_SCOPE: 403,
  };
  const byVerifyToken: Judge = async ({ token, verifier, scopes = [], proof, sentTwice }) => {
    const dpop = proof && { proof: await proof(TARGET), ...TARGET };
    const { audience } = verifier;
    const input = { accessToken: token, audience, requiredScopes: scopes, dpop };
    const verify = async () => {
      const { errors } = await corpus.server.operator.send(VERIFY_TOKEN, { input });
      const code = errors[0]?.extensions.code ?? "";
      return errors.length === 0 ? "accepted" : (STATUSES[code] ?? code);
    };
    if (sentTwice) await verify();
    return verify();
  };

  const byGateway: Judge = async ({ token, verifier, scopes = [], proof, sentTwice }) => {
    const query = new URLSearchParams({ audience: verifier.audience });
    if (scopes.length > 0) query.set("scope", scopes.join(" "));
    const { protocol, host, pathname } = new URL(TARGET.url);
    const headers: Record<string, string> = {
      authorization: `${proof ? "DPoP" : "Bearer"} ${token}`,
      ...(proof && { dpop: await proof(TARGET) }),
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-proto": protocol.slice(0, -1),
      "x-forwarded-host": host,
      "x-forwarded-method": TARGET.httpMethod,
      "x-forwarded-uri": pathname,
    };
    const verify = async () => {
      const { status } = await fetch(`${corpus.server.issuer}/oauth/verify?${query}`, { headers });
      return status === 200 ? "accepted" : status;
    };
    if (sentTwice) await verify();
    return verify();
  };

  /** Titles of the tokens that are judged otherwise than they must be. */
  async function misjudged(judge: Judge, tokens: readonly JudgedToken[]) {
    const misjudgedTokens: Record<string, unknown> = {};
    for (const judged of tokens) {
      const verdict = await judge(judged);
      if (verdict !== judged.expected) misjudgedTokens[judged.title] = verdict;
    }
    return misjudgedTokens;
  }
  const canBeSent = ({ token }: JudgedToken) => /^[\x21-\x7e]{1,50000}$/.test(token);

  test("there are more than 200, each of which differs from the others", () => {
    const { refused } = corpus;
    expect(refused.length).toBeGreaterThan(200);
    expect(new Set(refused.map(({ title }) => title)).size).toBe(refused.length);
    const requests = refused.filter(({ proof, scopes }) => !proof && !scopes);
    const repeated = requests.filter(({ token }, index) =>
      requests.slice(0, index).some((other) => other.token === token),
    );
    expect(repeated.map(({ title }) => title)).toEqual([]);
  });

  test("the SDK accepts the controls, and refuses all others with the right status", async () => {
    expect(await misjudged(bySdk, corpus.accepted)).toEqual({});
    expect(await misjudged(bySdk, corpus.refused)).toEqual({});
  });

  test("verifyToken answers alike", async () => {
    expect(await misjudged(byVerifyToken, corpus.accepted)).toEqual({});
    expect(await misjudged(byVerifyToken, corpus.refused)).toEqual({});
  });

  test("the server's endpoint for gateways answers alike", async () => {
    expect(await misjudged(byGateway, corpus.accepted)).toEqual({});
    expect(await misjudged(byGateway, corpus.refused.filter(canBeSent))).toEqual({});
  });
});
