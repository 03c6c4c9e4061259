import { createTokenSource } from "@countersign/sdk/client";
import { createTestIssuer, type TestIssuer } from "@countersign/sdk/testing";
import { createVerifier, TokenRefused, type Verifier } from "@countersign/sdk/verify";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";

const AUDIENCE = "https://api.test";
const SCOPES = ["orders:read", "orders:write"];

/** @returns why the verifier refuses */
const refusalOf = async (verified: Promise<unknown>) => {
  const error = await verified.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TokenRefused) return { code: error.code, status: error.status };
  throw error ?? new Error("the token was accepted");
};

describe("tokens of a test issuer", () => {
  let issuer: TestIssuer;
  let verifier: Verifier;

  beforeEach(() => {
    jest.useFakeTimers({
      now: new Date("2030-01-01T00:00:00Z"),
      doNotFake: ["nextTick", "setImmediate"],
    });
    issuer = createTestIssuer({ scopes: SCOPES });
    verifier = createVerifier({ issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test("are accepted with the scopes that they have", async () => {
    const token = await issuer.issueToken({ scopes: ["orders:read"] });
    const verified = await verifier.verifyAccessToken(token, { scopes: ["orders:read"] });
    expect(verified).toMatchObject({ clientId: "test-client", scopes: ["orders:read"] });
    const refusal = await refusalOf(
      verifier.verifyAccessToken(token, { scopes: ["orders:write"] }),
    );
    expect(refusal).toEqual({ code: "SCOPE", status: 403 });
  });

  test("have every scope unless the request names some", async () => {
    const { scopes } = await verifier.verifyAccessToken(await issuer.issueToken());
    expect(scopes).toEqual(SCOPES);
  });

  test("have the claims of the test, within the template's rules", async () => {
    const token = await issuer.issueToken({ claims: { tier: "gold", nested: { a: [1] } } });
    expect((await verifier.verifyAccessToken(token)).claims).toMatchObject({
      tier: "gold",
      nested: { a: [1] },
    });
    await expect(issuer.issueToken({ claims: { iss: "me" } })).rejects.toThrow(
      '"iss" is a reserved claim',
    );
  });

  test("are not issued beyond what the client has", async () => {
    issuer.addClient({ clientId: "reader", scopes: ["orders:read"] });
    const request = { clientId: "reader", scopes: ["orders:write"] };
    await expect(issuer.issueToken(request)).rejects.toMatchObject({
      name: "SetupRefused",
      code: "INVALID_SCOPE",
      path: ["scopes", 0],
    });
    await expect(issuer.issueToken({ scopes: ["nonsense"] })).rejects.toMatchObject({
      code: "INVALID_SCOPE",
    });
    await expect(issuer.issueToken({ audience: "https://other.test" })).rejects.toMatchObject({
      code: "INVALID_TARGET",
    });
    await expect(issuer.issueToken({ clientId: "nobody" })).rejects.toMatchObject({
      code: "CLIENT_NOT_FOUND",
    });
  });

  test("expire by the clock of the computer, and by the issuer's own", async () => {
    const token = await issuer.issueToken();
    jest.setSystemTime(Date.now() + 3_601_000);
    expect(await refusalOf(verifier.verifyAccessToken(token))).toMatchObject({ code: "EXPIRED" });
    issuer.clock.advance(3600);
    const ahead = await issuer.issueToken();
    expect(await refusalOf(verifier.verifyAccessToken(ahead))).toMatchObject({
      code: "NOT_YET_VALID",
    });
    issuer.clock.set("2020-01-01T00:00:00Z");
    expect(issuer.clock.now()).toEqual(new Date("2020-01-01T00:00:00Z"));
    expect(decodeJwt(await issuer.issueToken()).iat).toBe(1_577_836_800);
  });

  test("survive a rotation of the signing key, and end with their key", async () => {
    const former = await issuer.issueToken();
    await verifier.verifyAccessToken(former);
    await issuer.rotateSigningKey();
    const current = await issuer.issueToken();
    expect(decodeProtectedHeader(current).kid).not.toBe(decodeProtectedHeader(former).kid);
    const requests = issuer.requests.length;
    await verifier.verifyAccessToken(current);
    await verifier.verifyAccessToken(former);
    // The next key was in the key set before it signed.
    expect(issuer.requests).toHaveLength(requests);
    issuer.dropFormerKeys();
    const other = createVerifier({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      fetch: issuer.fetch,
    });
    expect(await refusalOf(other.verifyAccessToken(former))).toMatchObject({ code: "SIGNATURE" });
    await other.verifyAccessToken(current);
  });

  test("are refused after a revocation where the verifier asks", async () => {
    const api = { identifier: AUDIENCE, scopes: SCOPES, introspectionClientId: "api" };
    issuer = createTestIssuer({ apis: [api] });
    const { clientSecret } = issuer.addClient({ clientId: "api" });
    const { clientId } = issuer.addClient({ clientId: "shop", scopes: SCOPES });
    const asking = createVerifier({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      fetch: issuer.fetch,
      revocation: { clientId: "api", clientSecret: clientSecret ?? "", maxAgeSeconds: 0 },
    });
    const one = await issuer.issueToken({ clientId });
    const another = await issuer.issueToken({ clientId });
    await asking.verifyAccessToken(one);
    issuer.revokeToken(one);
    expect(await refusalOf(asking.verifyAccessToken(one))).toMatchObject({ code: "REVOKED" });
    await asking.verifyAccessToken(another);
    issuer.revokeClientTokens(clientId);
    expect(await refusalOf(asking.verifyAccessToken(another))).toMatchObject({ code: "REVOKED" });
  });

  test("of sessions are verified as such", async () => {
    const jwt = await issuer.issueSessionJwt({
      memberId: "member_1",
      organizationId: "organization_1",
      roles: ["admin"],
      claims: { theme: "dark" },
    });
    const session = await verifier.verifySession(jwt);
    expect(session).toMatchObject({ memberId: "member_1", organizationId: "organization_1" });
    expect(session.claims).toMatchObject({ roles: ["admin"], theme: "dark" });
    await expect(
      issuer.issueSessionJwt({ memberId: "m", claims: { roles: [] } }),
    ).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });

  test.each(["DEFAULT", "AUTH0", "RFC9068"] as const)(
    "of the profile %s are forged for a refusal",
    async (tokenProfile) => {
      for (const signingAlgorithm of ["ES256", "EdDSA", "PS256"] as const) {
        const api = { identifier: AUDIENCE, scopes: SCOPES, tokenProfile, signingAlgorithm };
        const other = createTestIssuer({ apis: [api] });
        const { issuer: url, fetch } = other;
        const strict = createVerifier({ issuer: url, audience: AUDIENCE, fetch });
        await strict.verifyAccessToken(await other.issueToken());
        const codes = new Map<string, string>();
        for (const kind of other.forge.kinds) {
          const { code, status } = await refusalOf(
            strict.verifyAccessToken(await other.forge.token(kind)),
          );
          expect([kind, status]).toEqual([kind, 401]);
          codes.set(kind, code);
        }
        expect(Object.fromEntries(codes)).toMatchObject({
          expired: "EXPIRED",
          notYetValid: "NOT_YET_VALID",
          otherAudience: "AUDIENCE",
          projectAudience: "AUDIENCE",
          otherIssuer: "ISSUER",
          badSignature: "SIGNATURE",
          changedClaims: "SIGNATURE",
          unknownKey: "SIGNATURE",
          unsigned: "MALFORMED",
          publicKeyAsSecret: "ALGORITHM",
          sessionJwt: "SESSION",
          wrongType: "TYPE",
        });
        const request = { scopes: ["orders:read"] };
        const token = await other.forge.withoutScopes();
        expect(await refusalOf(strict.verifyAccessToken(token, request))).toMatchObject({
          status: 403,
        });
      }
    },
  );

  test("reach an application through its token source", async () => {
    const { clientId, clientSecret } = issuer.addClient({
      clientId: "shop",
      scopes: ["orders:read"],
    });
    let secret = clientSecret ?? "";
    const source = createTokenSource({
      issuer: issuer.issuer,
      clientId,
      clientSecret: () => secret,
      audience: AUDIENCE,
      fetch: issuer.fetch,
    });
    await verifier.verifyAccessToken((await source.getToken()).accessToken);
    secret = issuer.rotateSecret(clientId, { overlapSeconds: 0 });
    jest.setSystemTime(Date.now() + 3_601_000);
    await verifier.verifyAccessToken((await source.getToken()).accessToken);
    const requests = issuer.requests.filter(({ path }) => path === "/oauth/token");
    expect(requests.map(({ status }) => status)).toEqual([200, 200]);
    expect(JSON.stringify(requests)).not.toContain(secret);
    expect(requests[0]).toMatchObject({
      method: "POST",
      clientId: "shop",
      parameters: { grant_type: "client_credentials", audience: AUDIENCE },
    });
  });
});
