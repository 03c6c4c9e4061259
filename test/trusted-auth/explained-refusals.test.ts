import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  GITHUB,
  githubProfile,
  githubToken,
  REFUSED,
  requestToken,
  tokenExchange,
} from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { type KeyServer, startKeyServer } from "../support/key-server.js";
import { createClient, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { ATTEST_SESSION, attest, createProfile, testProfile } from "./attestation-operations.js";
import { AUDIENCE, type ForeignIssuer, foreignIssuer, ISSUER } from "./foreign-issuer.js";

/** Nothing that a caller is told contains it. */
const SECRET = "value-of-a-token";

describe("why a token is refused", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let keyServer: KeyServer;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    keyServer = await startKeyServer();
    profileId = await profileWith({});
  });

  beforeEach(() => {
    // A new window of the limits per minute.
    server.clock.advance(61);
  });

  afterAll(async () => {
    keyServer.stop();
    await server.stop();
  });

  const profileWith = (settings: object) =>
    createProfile(operator, {
      keys: { jwksUrl: keyServer.serve([{ ...issuer.jwk, kid: "one" }]) },
      claimConditions: [{ claim: "team.name", operator: "IN", values: ["ops", "dev"] }],
      maxTokenAgeSeconds: 600,
      canJitProvision: true,
      singleUseTokenId: true,
      publicExchange: true,
      ...settings,
    });
  const epoch = () => Math.floor(server.clock.now().getTime() / 1000);
  const tokenWith = (claims: Record<string, unknown> = {}, header: object = {}) =>
    issuer.token(
      { team: { name: "ops" }, session_id: crypto.randomUUID(), note: SECRET, ...claims },
      { kid: "one", ...header },
    );
  const failureOf = async (as: GraphqlClient, profile: string, token: string) => {
    const input = { profileId: profile, token };
    const { message, extensions } = await as.failure(ATTEST_SESSION, { input });
    expect(extensions.code).toBe("INVALID_TRUSTED_AUTH_TOKEN");
    return { message, reason: extensions["reason"], claim: extensions["claim"] };
  };

  /** What `testProfile` and `attestSession` tell a management key, and `attestSession` anybody else. */
  const told = async (token: string, profile = profileId) => {
    const { checks } = await testProfile(operator, { profileId: profile, token });
    const failed = checks.find(({ status }) => status === "FAILED");
    const key = await failureOf(operator, profile, token);
    expect(key).toEqual({
      message: failed?.message,
      reason: failed?.reason,
      ...(failed?.claim && { claim: failed.claim }),
    });
    const anybody = await failureOf(server.anonymous, profile, token);
    expect({ ...anybody, message: null }).toEqual({ ...key, message: null });
    expect(key.message).not.toContain(SECRET);
    return { key: key.message, anybody: anybody.message };
  };

  const GENERAL = {
    ISSUER: "The token's issuer is not the profile's issuer",
    AUDIENCE: "The token's audience does not include the profile's audience",
  };

  test.each([
    ["iss", `${ISSUER}/`, "only by a slash at its end"],
    ["iss", ISSUER.toUpperCase(), "only by case"],
    ["iss", `${ISSUER.toUpperCase()}/`, "only by a slash at its end and by case"],
    ["iss", `${ISSUER}//`, "neither the profile's issuer nor one of its alternative issuers"],
    ["iss", ` ${ISSUER}`, "neither the profile's issuer nor one of its alternative issuers"],
    ["aud", `${AUDIENCE}/`, "only by a slash at its end"],
    ["aud", ["x", AUDIENCE.toUpperCase()], "only by case"],
    ["aud", ["x", `${AUDIENCE.toUpperCase()}/`], "only by a slash at its end and by case"],
    ["aud", `${AUDIENCE}x`, "neither is nor contains the profile's audience"],
  ])("is told to a management key alone: %s %j differs %s", async (claim, value, words) => {
    const { key, anybody } = await told(await tokenWith({ [claim]: value }));
    expect(key).toContain(words);
    expect(key).toContain(`\`${claim}\``);
    expect(anybody).toBe(claim === "iss" ? GENERAL.ISSUER : GENERAL.AUDIENCE);
  });

  test("is a slash that the profile has too much, in the issuer, its alternatives and the audience", async () => {
    const slashes = await profileWith({
      issuer: "https://project.example.co/auth/v1/",
      alternativeIssuers: ["https://second.example.co/"],
      audience: "https://api.example.com/",
      audienceClaim: "azp",
    });
    const iss = "https://project.example.co/auth/v1";
    for (const [claims, words] of [
      [{ iss }, "`iss` differs from the profile's issuer only by a slash at its end"],
      [{ iss: "https://second.example.co" }, "only by a slash at its end"],
      [
        { iss: `${iss}/`, aud: undefined, azp: "https://api.example.com" },
        "`azp` differs from the profile's audience only by a slash at its end",
      ],
      [{ iss: `${iss}/`, aud: "x", azp: "https://api.example.com/" }, "has the claim `aud` beside"],
    ] as const) {
      expect((await told(await tokenWith(claims), slashes)).key).toContain(words);
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ["The token lacks the claim `iss`, or it is empty", { iss: undefined }],
    ["The token lacks the claim `email`, mapped to email", { email: undefined }],
    ["The claim `email`, mapped to email, must be", { email: SECRET }],
    ["The claim `session_id`, mapped to tokenId, must be", { session_id: [SECRET, SECRET] }],
    ["The claim `exp` is not a number of seconds since 1970", { exp: "tomorrow" }],
    ["The token has expired by its claim `exp`", { exp: 1 }],
    ["The token is older by its claim `iat` than maxTokenAgeSeconds allows", { iat: 1 }],
    ["The claim `nbf` is in the future", { nbf: 4_000_000_000 }],
    ["The claim `iat` is in the future", { iat: 4_000_000_000 }],
    ["The claim `team.name` does not meet the profile's condition", { team: { name: SECRET } }],
    ["The token lacks the claim `team.name`, on which", { team: {} }],
    [
      "The claim `email_verified` does not say that the email address is verified",
      { email_verified: false },
    ],
  ])("is one sentence for each cause: %s", async (sentence, claims) => {
    const { key, anybody } = await told(await tokenWith(claims));
    expect(key).toContain(sentence);
    expect(anybody).not.toContain(sentence);
  });

  test("tells a form, an algorithm, a key, an encoding and a signature apart", async () => {
    const token = await tokenWith();
    const [header, payload, signature = ""] = token.split(".");
    const elliptic = await foreignIssuer(server.clock, "ES256");
    const other = await foreignIssuer(server.clock);
    const claims = { team: { name: "ops" } };
    for (const [refused, words] of [
      [`${token}.${SECRET}`, "The token is not a signed JWT"],
      [
        await issuer.token(claims, { kid: "one", crit: ["b64"], b64: true }),
        "The header parameter `crit`",
      ],
      [await tokenWith({}, { kid: 5 }), "The header parameter `kid` has a value"],
      [await tokenWith({}, { kid: "two" }), "which does not have the token's kid"],
      [await elliptic.token(claims, { kid: "one" }), "none for the token's algorithm"],
      [await elliptic.token(claims), "has no key for the token's algorithm"],
      [await other.token(claims, { kid: "one" }), "verifies the token's signature"],
      [`${header}.${payload}.${signature.slice(0, -1)}`, "signature is not base64url"],
    ] as const) {
      expect((await told(refused)).key).toContain(words);
    }
    const limited = await profileWith({ allowedAlgorithms: ["RS512"] });
    expect((await told(token, limited)).key).toContain(
      "asymmetric algorithm that the profile allows",
    );
  });

  test("is that the token has already been used", async () => {
    const token = await tokenWith();
    await attest(operator, { profileId, token });
    expect((await told(token)).key).toBe(
      "The token has already been used: its claim `session_id` was seen before",
    );
  });

  test("is that the placeholder's claim cannot be part of the issuer, or the subject is elsewhere", async () => {
    const templated = await profileWith({
      issuer: "https://login.example.com/{tid}/",
      claimConditions: [{ claim: "tid", operator: "IN", values: ["one"] }],
    });
    const iss = "https://login.example.com/one";
    for (const [claims, words] of [
      [{ iss: `${iss}/`, tid: "../x" }, "The claim `tid`, which the profile's issuer contains"],
      [{ iss, tid: "one" }, "only by a slash at its end"],
      [{ iss: `${iss}/`, tid: "two" }, "The claim `iss` is neither"],
    ] as const) {
      expect((await told(await tokenWith(claims), templated)).key).toContain(words);
    }
    const workloads = await profileWith({ issuer: "spiffe://example.org" });
    const token = await tokenWith({ iss: undefined, sub: SECRET });
    expect((await told(token, workloads)).key).toContain(
      "The claim `sub` is not the SPIFFE ID of a workload in the trust domain",
    );
  });

  describe("in the log of attestSession", () => {
    const logged = async (as: GraphqlClient, input: object) => {
      const before = server.logs().length;
      await as.failure(ATTEST_SESSION, { input });
      const lines = server.logs().slice(before);
      expect(lines).not.toContain(SECRET);
      const line = lines.split("\n").find((text) => text.includes('"refused"')) ?? "{}";
      return JSON.parse(line);
    };

    test("is with the profile, whoever asks", async () => {
      const token = await tokenWith({ iss: `${ISSUER}/` });
      for (const as of [operator, server.anonymous]) {
        expect(await logged(as, { profileId, token })).toMatchObject({
          code: "INVALID_TRUSTED_AUTH_TOKEN",
          reason: "ISSUER",
          claim: "iss",
          profileId,
          explanation:
            "The claim `iss` differs from the profile's issuer only by a slash at its end",
        });
      }
    });

    test("is that the address belongs to a member with another external id", async () => {
      const profile = await profileWith({
        attributeMapping: { externalMemberId: "sub", email: "email", organizationId: "org" },
      });
      const email = `${crypto.randomUUID()}@example.com`;
      await attest(operator, { profileId: profile, token: await tokenWith({ sub: "a", email }) });
      const token = await tokenWith({ sub: "b", email });
      const explanation = expect.stringContaining("has another external id");
      expect(await logged(operator, { profileId: profile, token })).toMatchObject({
        code: "MEMBER_NOT_FOUND",
        profileId: profile,
        explanation,
      });
      const { checks } = await testProfile(operator, { profileId: profile, token });
      expect(checks.find(({ status }) => status === "FAILED")?.message).toEqual(explanation);
      const { message } = await server.anonymous.failure(ATTEST_SESSION, {
        input: { profileId: profile, token },
      });
      expect(message).toBe("No such member");
      const elsewhere = await tokenWith({ sub: "b", email, org: SECRET });
      expect(await logged(operator, { profileId: profile, token: elsewhere })).toMatchObject({
        code: "ORGANIZATION_NOT_FOUND",
        explanation: expect.stringContaining("canJitProvisionOrganizations"),
      });
    });

    test("is that a profile needs a management key", async () => {
      const profile = await profileWith({ publicExchange: false });
      const token = await tokenWith();
      expect(await logged(server.anonymous, { profileId: profile, token })).toMatchObject({
        code: "PROFILE_NOT_FOUND",
        profileId: profile,
        explanation: expect.stringContaining("publicExchange"),
      });
    });
  });

  describe("at the token endpoint", () => {
    /** The log line of a refused request, which tells the client nothing. */
    const logged = async (token: string, parameters: Record<string, string> = {}) => {
      const before = server.logs().length;
      const { status, body } = await requestToken(server, tokenExchange(token, parameters));
      expect({ status, body }).toEqual({ status: 400, body: REFUSED });
      const lines = server.logs().slice(before);
      expect(lines).not.toContain(SECRET);
      const line = lines.split("\n").find((text) => text.includes('"refused"')) ?? "{}";
      return JSON.parse(line);
    };

    test("is only in the log, with the profile and the condition or claim", async () => {
      const { clientId } = await createClient(operator);
      const profile = await githubProfile(operator, issuer, clientId);
      const inProfile = { code: "INVALID_TRUSTED_AUTH_TOKEN", profileId: profile };
      for (const [claims, cause] of [
        [
          { repository: SECRET },
          {
            ...inProfile,
            reason: "CONDITION",
            claim: "repository",
            explanation: "The claim `repository` does not meet the profile's condition on it",
          },
        ],
        [
          { aud: `https://auth.example.test/` },
          { ...inProfile, explanation: expect.stringContaining("by a slash") },
        ],
        [
          { iss: `${GITHUB}/` },
          { ...inProfile, explanation: expect.stringContaining("by a slash") },
        ],
        [
          { iss: GITHUB.toUpperCase() },
          { ...inProfile, explanation: expect.stringContaining("by case") },
        ],
        [{ sub: undefined }, { ...inProfile, reason: "CLAIM_MISSING", claim: "sub" }],
        [{ sub: 5 }, { ...inProfile, reason: "MALFORMED", claim: "sub" }],
        [{ exp: epoch() - 61 }, { ...inProfile, reason: "EXPIRED", claim: "exp" }],
        [
          { iss: "https://unknown.example.com" },
          {
            reason: "ISSUER",
            claim: "iss",
            explanation: expect.stringContaining("No profile for a client"),
          },
        ],
      ] as const) {
        const line = await logged(await githubToken(issuer, claims));
        expect(line).toMatchObject({ code: "INVALID_GRANT", cause });
      }
      const token = await githubToken(issuer);
      expect(await logged(token, { client_id: "another" })).toMatchObject({
        explanation:
          "No profile that may accept the token's issuer is for the client that the request names",
      });
      await updateClient(operator, { clientId, status: "INACTIVE" });
      expect(await logged(token)).toMatchObject({
        cause: {
          code: "INVALID_CLIENT",
          profileId: profile,
          explanation: expect.stringContaining("The profile's client or its owner is inactive"),
        },
      });
    });

    test("is that profiles of several clients accept the token", async () => {
      const iss = "https://several.example.com";
      for (const _ of [1, 2]) {
        const { clientId } = await createClient(operator);
        await githubProfile(operator, issuer, clientId, { issuer: iss });
      }
      expect(await logged(await githubToken(issuer, { iss, ref: SECRET }))).toMatchObject({
        explanation: "None of 2 profiles accepts the token; the cause is of one of them",
        cause: { reason: "CONDITION", claim: "ref" },
      });
      expect(await logged(await githubToken(issuer, { iss }))).toMatchObject({
        explanation: expect.stringContaining("must name one of them by client_id"),
      });
    });
  });
});
