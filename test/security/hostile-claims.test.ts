import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  clientKey,
  dpopProof,
  epoch,
  GRANT,
  issuerFor,
  post,
  postCredentials,
  tokenPath,
} from "../oauth/oauth-operations.js";
import {
  GITHUB,
  githubProfile,
  jwtBearer,
  REFUSED,
  tokenExchange,
  WORKLOAD_AUDIENCE,
} from "../oauth/token-exchange-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { AUTHENTICATE_SESSION } from "../sessions/session-operations.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ATTEST_SESSION,
  attest,
  attestFailure,
  createProfile,
  MAPPING,
  testProfile,
} from "../trusted-auth/attestation-operations.js";
import {
  type ForeignIssuer,
  foreignIssuer,
  signAnything,
  unsignedJwt,
  validClaims,
} from "../trusted-auth/foreign-issuer.js";

/** JSON that programs stumble over. */
const HOSTILE: unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  -1e308,
  253_402_300_799,
  -62_135_596_801,
  "",
  "\u0000",
  "\ud800",
  "__proto__",
  "1e3",
  [],
  [[]],
  [null],
  {},
  { toString: 1 },
  { toJSON: 1, valueOf: null, length: 1 },
  { length: 1e9 },
];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 2 }));
const changes = (...names: string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, hostile])), { requiredKeys: [] });
const headers = changes(
  "alg",
  "kid",
  "typ",
  "crit",
  "jwk",
  "jku",
  "x5c",
  "b64",
  "cty",
  "enc",
  "zip",
);

describe("a credential with hostile claims", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  let key: ClientKey;
  let client: ClientView & Credentials;
  let assertingClient: string;
  let profileId: string;
  let organizationId: string;

  beforeAll(async () => {
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock);
    key = await clientKey();
    client = await createClient(server.operator);
    ({ clientId: assertingClient } = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    }));
    await githubProfile(server.operator, issuer, client.clientId, { singleUseTokenId: true });
    profileId = await createProfile(server.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, name: "name", roles: "roles", organizationId: "org" },
      singleUseTokenId: true,
      maxTokenAgeSeconds: 600,
    });
    organizationId = (await createOrganization(server.operator)).organizationId;
    await createMember(server.operator, organizationId);
  });

  afterAll(async () => {
    await server.stop();
  });

  const workloadClaims = () => ({
    iss: GITHUB,
    aud: WORKLOAD_AUDIENCE,
    sub: "repo:octo-org/octo-repo",
    jti: randomUUID(),
    iat: epoch(server),
    exp: epoch(server) + 300,
    repository: "octo-org/octo-repo",
    environment: "prod",
    ref: "refs/heads/main",
  });
  const ask = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await post(server, tokenPath(server), form, headers);
    // No refusal is one too many.
    server.clock.advance(60);
    return answer;
  };
  const askWithAssertion = (client_assertion: string) =>
    ask({ ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion });
  const tokenIssuers = (claims: object) => unsignedJwt({ alg: "RS256" }, claims, "AAAA");

  test.each(HOSTILE)("is refused without a signature if its issuer is %j", async (iss) => {
    const token = tokenIssuers({ ...workloadClaims(), iss });
    for (const form of [jwtBearer(token), tokenExchange(token)]) {
      const { status, body } = await ask(form);
      expect({ status, body }).toEqual({ status: 400, body: REFUSED });
    }
    const { status } = await askWithAssertion(
      tokenIssuers({ iss, sub: assertingClient, aud: issuerFor(server) }),
    );
    expect(status).toBe(401);
    const verified = await server.anonymous.failure(VERIFY_TOKEN, {
      input: { accessToken: token },
    });
    expect(verified.extensions.code).toBe("INVALID_TOKEN");
    const session = { credential: { sessionJwt: token } };
    const authenticated = await server.anonymous.failure(AUTHENTICATE_SESSION, { input: session });
    expect(authenticated.extensions.code).toBe("SESSION_NOT_FOUND");
    const attested = { profileId, token, organizationId };
    expect((await attestFailure(server.operator, attested))["code"]).toBe(
      "INVALID_TRUSTED_AUTH_TOKEN",
    );
  });

  test("is refused without a signature, whatever its header and claims are", async () => {
    const claims = changes("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "session");
    await fc.assert(
      fc.asyncProperty(headers, claims, async (header, members) => {
        const token = unsignedJwt(
          { alg: "RS256", ...header },
          { ...workloadClaims(), ...members },
          "AAAA",
        );
        for (const form of [jwtBearer(token), tokenExchange(token)]) {
          expect((await ask(form)).body).toEqual(REFUSED);
        }
        expect((await askWithAssertion(token)).status).toBe(401);
        const dpop = { ...postCredentials(client) };
        expect((await ask(dpop, { dpop: token })).body.error).toBe("invalid_dpop_proof");
        const input = { accessToken: token };
        const verified = await server.anonymous.failure(VERIFY_TOKEN, { input });
        expect(verified.extensions.code).toBe("INVALID_TOKEN");
      }),
      { numRuns: runs(200) },
    );
  });

  test("is accepted or refused with its issuer's signature", async () => {
    const names = ["sub", "exp", "iat", "nbf", "jti", "email", "email_verified", "session_id"];
    const claims = changes("iss", "aud", "name", "roles", "org", ...names);
    await fc.assert(
      fc.asyncProperty(changes("kid", "typ", "cty", "jku"), claims, async (header, members) => {
        const workload = await signAnything(issuer, { ...workloadClaims(), ...members }, header);
        const { status, body } = await ask(jwtBearer(workload));
        if (status !== 200) expect(body).toEqual(REFUSED);
        const member = validClaims(server.clock, { session_id: randomUUID(), ...members });
        const token = await signAnything(issuer, member, header);
        const { outcome } = await testProfile(server.operator, {
          profileId,
          token,
          organizationId,
        });
        const { errors } = await server.operator.send(ATTEST_SESSION, {
          input: { profileId, token, organizationId },
        });
        const codes = errors.map(({ extensions }) => extensions.code);
        expect(codes).not.toContain("INTERNAL_SERVER_ERROR");
        expect(codes.length > 0).toBe(outcome === "REFUSED");
      }),
      { numRuns: runs(200) },
    );
  });

  test("is accepted or refused with its client's signature", async () => {
    const claims = changes("iss", "sub", "aud", "exp", "iat", "nbf", "jti");
    await fc.assert(
      fc.asyncProperty(claims, async (members) => {
        const { privateKey, algorithm } = key;
        const signer = { algorithm, privateKey } as ForeignIssuer;
        const valid = {
          iss: assertingClient,
          sub: assertingClient,
          aud: issuerFor(server),
          iat: epoch(server),
          exp: epoch(server) + 60,
          jti: randomUUID(),
        };
        const { status } = await askWithAssertion(
          await signAnything(signer, { ...valid, ...members }),
        );
        expect([200, 401]).toContain(status);
        const proof = {
          htm: "POST",
          htu: `${issuerFor(server)}/oauth/token`,
          iat: epoch(server),
          jti: randomUUID(),
          ...members,
        };
        const header = { typ: "dpop+jwt", jwk: key.jwk };
        const dpop = await signAnything(signer, proof, header);
        // The proof lacks a nonce.
        expect((await ask(postCredentials(client), { dpop })).status).toBe(400);
      }),
      { numRuns: runs(200) },
    );
  });

  test("is refused if a member of its header or claims is repeated", async () => {
    const repeat = (token: string, part: 0 | 1, member: string) => {
      const parts = token.split(".");
      const text = Buffer.from(parts[part] ?? "", "base64url").toString();
      parts[part] = Buffer.from(text.replace("{", `{${member},`)).toString("base64url");
      return parts;
    };
    const resign = async ([header = "", payload = ""]: string[]) => {
      const input = `${header}.${payload}`;
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      const bytes = new TextEncoder().encode(input);
      const signature = await crypto.subtle.sign(algorithm, key.privateKey, bytes);
      return `${input}.${Buffer.from(signature).toString("base64url")}`;
    };
    const challenge = await ask(postCredentials(client), { dpop: await dpopProof(server, key) });
    const nonce = challenge.headers.get("dpop-nonce") ?? "";
    const newAssertion = () => assertion(server, assertingClient, key);
    const newProof = () => dpopProof(server, key, { claims: { nonce } });
    const asIs = (token: string) => resign(token.split("."));
    expect((await askWithAssertion(await asIs(await newAssertion()))).status).toBe(200);
    const proved = await ask(postCredentials(client), { dpop: await asIs(await newProof()) });
    expect(proved.status).toBe(200);
    for (const [part, member] of [
      [0, '"alg":"ES256"'],
      [0, '"\\u0061lg":"none"'],
      [1, '"jti":"x"'],
      [1, `"iat":${epoch(server)}`],
      [1, '"x":{"y":1,"y":1}'],
    ] as const) {
      const token = await resign(repeat(await newAssertion(), part, member));
      expect((await askWithAssertion(token)).status).toBe(401);
      const dpop = await resign(repeat(await newProof(), part, member));
      const answer = await ask(postCredentials(client), { dpop });
      expect(answer.body.error).toBe("invalid_dpop_proof");
    }
  });

  test.each([
    ["in the last second of the year 9999", () => 253_402_300_799],
    ["beyond the tolerance of the last second", () => 253_402_300_799 - 60],
    ["in the year 9999, with a fraction", () => 253_402_214_400.5],
    ["in a thousand years", () => epoch(server) + 31_556_952_000],
  ])("is used once if it ends %s", async (_what, end) => {
    const workload = await issuer.token({ ...workloadClaims(), email: undefined, exp: end() });
    expect((await ask(jwtBearer(workload))).status).toBe(200);
    const session = await issuer.token({ session_id: randomUUID(), exp: end() });
    await attest(server.operator, { profileId, token: session, organizationId });
    await sweepExpired(server);
    expect((await ask(jwtBearer(workload))).body).toEqual(REFUSED);
    const input = { profileId, token: session, organizationId };
    expect((await attestFailure(server.operator, input))["reason"]).toBe("REPLAYED");
  });
});
