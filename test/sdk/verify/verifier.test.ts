import { createVerifier, TokenRefused, type Verifier } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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
});
