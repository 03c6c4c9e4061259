import {
  createVerifier,
  TokenRefused,
  type Verifier,
  type VerifierOptions,
} from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { startTokenCorpus, type Verification } from "../../clients/token-corpus.js";

const SESSIONS = "session+jwt";

describe("a verifier of the SDK", () => {
  let corpus: Awaited<ReturnType<typeof startTokenCorpus>>;

  beforeAll(async () => {
    corpus = await startTokenCorpus();
  });

  afterAll(async () => {
    await corpus.server.stop();
  });

  const verifyWith = ({ issuer, audience, typ, algorithm }: Verification) => {
    const isOfSessions = typ === SESSIONS;
    const verifier: Verifier = createVerifier({
      issuer,
      audience: isOfSessions ? "https://api.example.com" : audience,
      algorithms: [algorithm as "RS256"],
      ...(!isOfSessions && { profile: typ === "at+jwt" ? "RFC9068" : "DEFAULT" }),
    });
    return (token: string) =>
      isOfSessions ? verifier.verifySession(token) : verifier.verifyAccessToken(token);
  };

  test("accepts the tokens of every profile and algorithm, and sessions", async () => {
    for (const verification of corpus.verifications) {
      const verify = verifyWith(verification);
      for (const token of Object.values(verification.valid)) await verify(token);
    }
  });

  test("refuses what every verifier must refuse, with 401", async () => {
    for (const verification of corpus.verifications) {
      const verify = verifyWith(verification);
      const { invalid, ofAnotherType } = verification;
      for (const [title, token] of Object.entries({ ...invalid, ...ofAnotherType })) {
        const error = await verify(token).then(
          () => `accepted: ${title}`,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(TokenRefused);
        expect(error).toMatchObject({ status: 401 });
      }
    }
  });

  const ofTitle = (end: string) =>
    corpus.verifications.find(({ audience }) => audience.endsWith(end)) as Verification;

  test("tells what is known of an access token, in every profile", async () => {
    for (const profile of ["DEFAULT", "AUTH0", "RFC9068"]) {
      const verification = ofTitle(`/${profile}/RS256`);
      const token = verification.valid["an access token"] ?? "";
      const claims = decodeJwt(token);
      const clientId = String(claims["client_id"] ?? claims["azp"]);
      expect(await verifyWith(verification)(token)).toEqual({
        clientId,
        subject: profile === "AUTH0" ? `${clientId}@clients` : clientId,
        issuer: corpus.server.issuer,
        audience: [verification.audience],
        scopes: ["read:invoices", "write:invoices"],
        jti: claims.jti,
        issuedAt: new Date(Number(claims.iat) * 1000),
        expiresAt: new Date(Number(claims.exp) * 1000),
        claims,
      });
    }
  });

  test("tells what is known of a session", async () => {
    const verification = ofTitle("/sessions");
    const token = verification.valid["a session JWT"] ?? "";
    const claims = decodeJwt(token);
    expect(await verifyWith(verification)(token)).toEqual({
      sessionId: expect.stringMatching(/^session_/),
      memberId: claims.sub,
      organizationId: expect.stringMatching(/^organization_/),
      issuedAt: new Date(Number(claims.iat) * 1000),
      expiresAt: new Date(Number(claims.exp) * 1000),
      claims,
    });
  });

  test("refuses tokens of another profile or algorithm than its own", async () => {
    const { issuer, audience, valid } = ofTitle("/RFC9068/RS256");
    const token = valid["an access token"] ?? "";
    for (const [options, code] of [
      [{ profile: "AUTH0" }, "TYPE"],
      [{ algorithms: ["ES256"] }, "ALGORITHM"],
    ] as const) {
      const verifier = createVerifier({ issuer, audience, ...options } as VerifierOptions);
      await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject({ code, status: 401 });
    }
  });
});
