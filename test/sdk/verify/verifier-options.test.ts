import { createVerifier, type VerifierOptions } from "@countersign/sdk/verify";
import { describe, expect, test } from "@jest/globals";

const RIGHT = { issuer: "https://auth.example.com", audience: "https://api.example.com" };

describe("createVerifier", () => {
  test.each<[string, object, RegExp]>([
    ["no audience", { audience: undefined }, /needs the `audience` of its tokens/],
    ["an empty audience", { audience: "" }, /needs the `audience`/],
    ["a list of audiences", { audience: ["https://api.example.com"] }, /needs the `audience`/],
    [
      "the audience of sessions",
      { audience: "https://auth.example.com/sessions" },
      /is that of sessions/,
    ],
    ["no issuer", { issuer: undefined }, /`issuer` must be the URL/],
    ["an issuer that is no URL", { issuer: "auth.example.com" }, /`issuer` must be the URL/],
    ["an issuer without TLS", { issuer: "http://auth.example.com" }, /must be https/],
    ["an issuer of another scheme", { issuer: "ftp://localhost" }, /must be https/],
    [
      "a host that looks like this machine",
      { issuer: "http://localhost.example.com" },
      /must be https/,
    ],
    ["an issuer with a query", { issuer: "https://auth.example.com?x=1" }, /no query/],
    [
      "an issuer with a user",
      { issuer: "https://a:b@auth.example.com" },
      /no query, fragment or user/,
    ],
    ["an unknown profile", { profile: "JWT" }, /must be one of DEFAULT, AUTH0, RFC9068/],
    ["no algorithms", { algorithms: [] }, /some of RS256/],
    ["algorithms that are one string", { algorithms: "RS256" }, /must be a list/],
    ["none", { algorithms: ["none"] }, /some of RS256/],
    ["a symmetric algorithm", { algorithms: ["RS256", "HS256"] }, /some of RS256/],
    ["a negative tolerance", { clockToleranceSeconds: -1 }, /must be 0 to 300/],
    ["a tolerance of an hour", { clockToleranceSeconds: 3600 }, /must be 0 to 300/],
    ["a tolerance that is no number", { clockToleranceSeconds: Number.NaN }, /must be 0 to 300/],
    ["negative staleness", { maxStaleSeconds: -1 }, /must be 0 or more/],
    ["no client for revocation", { revocation: {} }, /needs the `clientId` and `clientSecret`/],
    [
      "a misspelt option, with which nobody would be asked",
      { revocations: {} },
      /no option `revocations`/,
    ],
    [
      "a misspelt option for proofs",
      { dpop: { verifyNonces: () => false } },
      /no option `verifyNonces`/,
    ],
    ["keys that are no set", { keys: { keys: [] } }, /key set is empty/],
  ])("refuses %s with a sentence", (_, options, message) => {
    const create = () => createVerifier({ ...RIGHT, ...options } as VerifierOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  test.each([
    "http://localhost:3000/projects/project_1",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "https://auth.example.com/",
  ])("takes the issuer %s as it is", (issuer) => {
    expect(createVerifier({ ...RIGHT, issuer })).toMatchObject({
      issuer,
      audience: RIGHT.audience,
    });
  });

  test("takes an issuer without TLS on a network that is trusted", () => {
    createVerifier({ ...RIGHT, issuer: "http://countersign.internal", allowInsecureHttp: true });
  });

  test("shows no secret when it is logged", () => {
    const revocation = { clientId: "client_1", clientSecret: "the secret" };
    const verifier = createVerifier({ ...RIGHT, revocation });
    expect(JSON.stringify(verifier) + String(verifier)).not.toContain("the secret");
  });
});

describe("verifyAccessToken", () => {
  test.each<[string, unknown, RegExp]>([
    ["a misspelt `scopes`, which would require none", { scope: ["a"] }, /no option `scope`/],
    ["scopes in place of options", ["orders:read"], /no option `0`/],
    ["scopes that are one string", { scopes: "orders:read" }, /must be a list/],
  ])("refuses %s, whatever the token is", async (_, options, message) => {
    const verified = createVerifier(RIGHT).verifyAccessToken("token", options as object);
    await expect(verified).rejects.toThrow(TypeError);
    await expect(verified).rejects.toThrow(message);
  });
});
