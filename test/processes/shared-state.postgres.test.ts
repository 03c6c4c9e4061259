import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import {
  basicHeader,
  createApi,
  createGrant,
  DELETE_GRANT,
  post,
  requestToken,
  updateApi,
} from "../oauth/oauth-operations.js";
import {
  ALGORITHM,
  findKey,
  isAccepted,
  revoke,
  rotate,
  signedToken,
} from "../signing-keys/signing-key-operations.js";
import {
  CREATE_CLIENT,
  createClient,
  DELETE_CLIENT,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  tokenFailure,
  updateClient,
  updateProject,
} from "../support/operations.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";

const REVOKE_TOKEN = "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }";
const REVOKE_ALL = `mutation ($input: RevokeClientTokensInput!) {
  revokeClientTokens(input: $input) { client { clientId } }
}`;

describe("of two processes on one database, what one changes holds for the other at once:", () => {
  let processes: ServerProcesses;
  let one: ServerProcess;
  let other: ServerProcess;

  beforeAll(async () => {
    processes = await serverProcesses();
    [one, other] = await Promise.all([processes.start(), processes.start()]);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test("the rotation of a secret", async () => {
    for (let round = 0; round < 10; round++) {
      const before = await createClient(one.operator);
      const { clientId } = before;
      const started = await one.operator.request(START_ROTATION, { input: { clientId } });
      const after = { clientId, clientSecret: started.startSecretRotation.nextClientSecret };
      await Promise.all([before, after].map((secret) => issueToken(other.anonymous, secret)));
      await one.operator.request(ROTATE_SECRET, { input: { clientId } });
      const [refusal] = await Promise.all([
        tokenFailure(other.anonymous, before),
        issueToken(other.anonymous, after),
      ]);
      expect(refusal.extensions.code).toBe("INVALID_CLIENT");
    }
  });

  test("the end of a client, 200 times and under load", async () => {
    const ends = [
      (clientId: string) => updateClient(one.operator, { clientId, status: "INACTIVE" }),
      (clientId: string) => one.operator.request(DELETE_CLIENT, { input: { clientId } }),
    ];
    const tally = { before: 0, late: 0, refused: 0 };
    const endOne = async (end: (clientId: string) => Promise<unknown>) => {
      const client = await createClient(one.operator);
      let hasEnded = false;
      const program = async () => {
        for (;;) {
          const isLate = hasEnded;
          const { body } = await requestToken(other, client);
          if (body.access_token) tally[isLate ? "late" : "before"]++;
          else tally.refused++;
          if (isLate) return;
        }
      };
      const programs = [program(), program(), program()];
      await end(client.clientId);
      hasEnded = true;
      await Promise.all(programs);
    };
    const lane = async (end: (clientId: string) => Promise<unknown>) => {
      for (let round = 0; round < 50; round++) await endOne(end);
    };
    await Promise.all([...ends, ...ends].map(lane));
    expect(tally.late).toBe(0);
    expect(tally.refused).toBeGreaterThanOrEqual(600);
    expect(tally.before).toBeGreaterThan(100);
  });

  test("the project's claims template and lifetime", async () => {
    const client = await createClient(one.operator, { trustedMetadata: { tier: "gold" } });
    for (let round = 1; round <= 10; round++) {
      const claimsTemplate = `{ "tier": {{ client.trusted_metadata.tier }}, "round": ${round} }`;
      const accessTokenLifetimeSeconds = 1000 + round;
      await updateProject(one.operator, { claimsTemplate, accessTokenLifetimeSeconds });
      const { accessToken, expiresIn } = await issueToken(other.anonymous, client);
      expect(expiresIn).toBe(accessTokenLifetimeSeconds);
      expect(decodeJwt(accessToken)).toMatchObject({ tier: "gold", round });
    }
    await updateProject(one.operator, { claimsTemplate: null });
  });

  test("the rotation and the revocation of a signing key", async () => {
    await updateProject(one.operator, { signingAlgorithm: ALGORITHM });
    const client = await createClient(one.operator);
    for (let round = 0; round < 5; round++) {
      const next = await findKey(one.operator, "NEXT");
      await rotate(one.operator, { force: true });
      const { accessToken, kid } = await signedToken(other, client);
      expect(kid).toBe(next.kid);
      expect(await isAccepted(one, accessToken)).toBe(true);
      const following = await findKey(one.operator, "NEXT");
      await revoke(one.operator, kid);
      expect(await isAccepted(other, accessToken)).toBe(false);
      expect((await signedToken(other, client)).kid).toBe(following.kid);
    }
  });

  test("an API, its scopes and who may have them", async () => {
    const client = await createClient(one.operator);
    const api = await createApi(one.operator, { accessTokenLifetimeSeconds: 300 });
    const ask = async () => (await requestToken(other, client, { audience: api.identifier })).body;
    expect(await ask()).not.toHaveProperty("access_token");
    const { grantId } = await createGrant(one.operator, client, api);
    expect(await ask()).toMatchObject({ expires_in: 300, scope: "read:invoices write:invoices" });
    const change = { accessTokenLifetimeSeconds: 120, scopes: [{ value: "read:invoices" }] };
    await updateApi(one.operator, { apiId: api.apiId, ...change });
    expect(await ask()).toMatchObject({ expires_in: 120, scope: "read:invoices" });
    await one.operator.request(DELETE_GRANT, { input: { grantId } });
    expect(await ask()).not.toHaveProperty("access_token");
  });

  test.each([
    ["of one token", REVOKE_TOKEN, (_clientId: string, accessToken: string) => ({ accessToken })],
    ["of all of a client's tokens", REVOKE_ALL, (clientId: string) => ({ clientId })],
  ])("the revocation %s", async (_what, mutation, inputOf) => {
    const client = await createClient(one.operator);
    const { accessToken } = await issueToken(other.anonymous, client);
    const isActive = async () => {
      const path = `/projects/${other.projectId}/oauth/introspect`;
      return (await post(other, path, { token: accessToken }, basicHeader(client))).body.active;
    };
    expect([await isActive(), await isAccepted(other, accessToken)]).toEqual([true, true]);
    await one.operator.request(mutation, { input: inputOf(client.clientId, accessToken) });
    expect([await isActive(), await isAccepted(other, accessToken)]).toEqual([false, false]);
  });

  test("an idempotency key, sent to both at once", async () => {
    const input = { name: "Once", scopes: ["read:users"], idempotencyKey: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? one : other).operator.request(CREATE_CLIENT, { input }),
      ),
    );
    const made = answers.map(({ createClient: { client, clientSecret } }) => ({
      clientId: client.clientId,
      clientSecret,
    }));
    expect(new Set(made.map(({ clientId }) => clientId)).size).toBe(1);
    expect(made.filter(({ clientSecret }) => clientSecret !== null)).toHaveLength(1);
    const { clients } = await one.operator.request(
      `{ clients(filter: { nameContains: "Once" }) { totalCount } }`,
    );
    expect(clients.totalCount).toBe(1);
  });
});
