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
  publishedKids,
  revoke,
  rotate,
  signedToken,
} from "../signing-keys/signing-key-operations.js";
import {
  COMPLETE_ROTATION,
  CREATE_CLIENT,
  createClient,
  DELETE_CLIENT,
  issueToken,
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

describe("two processes on one database immediately share", () => {
  let processes: ServerProcesses;
  let serverA: ServerProcess;
  let serverB: ServerProcess;

  beforeAll(async () => {
    processes = await serverProcesses();
    [serverA, serverB] = await Promise.all([processes.start(), processes.start()]);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test("the rotation of a secret", async () => {
    for (let round = 0; round < 10; round++) {
      const before = await createClient(serverA.operator);
      const { clientId } = before;
      const started = await serverA.operator.request(START_ROTATION, { input: { clientId } });
      const after = { clientId, clientSecret: started.startSecretRotation.nextClientSecret };
      await Promise.all([before, after].map((secret) => issueToken(serverB.anonymous, secret)));
      await serverA.operator.request(COMPLETE_ROTATION, { input: { clientId } });
      const [refusal] = await Promise.all([
        tokenFailure(serverB.anonymous, before),
        issueToken(serverB.anonymous, after),
      ]);
      expect(refusal.extensions.code).toBe("INVALID_CLIENT");
    }
  });

  test("the deactivation and deletion of clients, 200 times under load", async () => {
    const endings = [
      (clientId: string) => updateClient(serverA.operator, { clientId, status: "INACTIVE" }),
      (clientId: string) => serverA.operator.request(DELETE_CLIENT, { input: { clientId } }),
    ];
    const tally = { before: 0, afterEnd: 0, refused: 0 };
    const endOne = async (end: (clientId: string) => Promise<unknown>) => {
      const client = await createClient(serverA.operator);
      let hasEnded = false;
      const caller = async () => {
        for (;;) {
          const isAfterEnd = hasEnded;
          const { body } = await requestToken(serverB, client);
          if (body.access_token) tally[isAfterEnd ? "afterEnd" : "before"]++;
          else tally.refused++;
          if (isAfterEnd) return;
        }
      };
      const callers = [caller(), caller(), caller()];
      await end(client.clientId);
      hasEnded = true;
      await Promise.all(callers);
    };
    const endRepeatedly = async (end: (clientId: string) => Promise<unknown>) => {
      for (let round = 0; round < 50; round++) await endOne(end);
    };
    await Promise.all([...endings, ...endings].map(endRepeatedly));
    expect(tally.afterEnd).toBe(0);
    expect(tally.refused).toBeGreaterThanOrEqual(600);
    expect(tally.before).toBeGreaterThan(100);
  });

  test("the project's claims template and lifetime", async () => {
    const client = await createClient(serverA.operator, { trustedMetadata: { tier: "gold" } });
    for (let round = 1; round <= 10; round++) {
      const claimsTemplate = `{ "tier": {{ client.trusted_metadata.tier }}, "round": ${round} }`;
      const accessTokenLifetimeSeconds = 1000 + round;
      await updateProject(serverA.operator, { claimsTemplate, accessTokenLifetimeSeconds });
      const { accessToken, expiresIn } = await issueToken(serverB.anonymous, client);
      expect(expiresIn).toBe(accessTokenLifetimeSeconds);
      expect(decodeJwt(accessToken)).toMatchObject({ tier: "gold", round });
    }
    await updateProject(serverA.operator, { claimsTemplate: null });
  });

  test("the rotation and the revocation of a signing key", async () => {
    await updateProject(serverA.operator, { signingAlgorithm: ALGORITHM, force: true });
    const client = await createClient(serverA.operator);
    for (let round = 0; round < 5; round++) {
      const next = await findKey(serverA.operator, "NEXT");
      await rotate(serverA.operator, { force: true });
      const { accessToken, kid } = await signedToken(serverB, client);
      expect(kid).toBe(next.kid);
      expect(await isAccepted(serverA, accessToken)).toBe(true);
      const following = await findKey(serverA.operator, "NEXT");
      expect(await publishedKids(serverB)).toEqual(expect.arrayContaining([kid, following.kid]));
      await revoke(serverA.operator, kid);
      expect(await publishedKids(serverB)).not.toContain(kid);
      expect(await isAccepted(serverB, accessToken)).toBe(false);
      expect((await signedToken(serverB, client)).kid).toBe(following.kid);
    }
  });

  test("an API, its scopes and its grants", async () => {
    const client = await createClient(serverA.operator);
    const api = await createApi(serverA.operator, { accessTokenLifetimeSeconds: 300 });
    const ask = async () =>
      (await requestToken(serverB, client, { audience: api.identifier })).body;
    expect(await ask()).not.toHaveProperty("access_token");
    const { clientGrantId } = await createGrant(serverA.operator, client, api);
    expect(await ask()).toMatchObject({ expires_in: 300, scope: "read:invoices write:invoices" });
    const change = { accessTokenLifetimeSeconds: 120, scopes: [{ value: "read:invoices" }] };
    await updateApi(serverA.operator, { apiId: api.apiId, ...change });
    expect(await ask()).toMatchObject({ expires_in: 120, scope: "read:invoices" });
    await serverA.operator.request(DELETE_GRANT, { input: { clientGrantId } });
    expect(await ask()).not.toHaveProperty("access_token");
  });

  test.each([
    ["of one token", REVOKE_TOKEN, (_clientId: string, accessToken: string) => ({ accessToken })],
    ["of all of a client's tokens", REVOKE_ALL, (clientId: string) => ({ clientId })],
  ])("the revocation %s", async (_what, mutation, inputOf) => {
    const client = await createClient(serverA.operator);
    const { accessToken } = await issueToken(serverB.anonymous, client);
    const isActive = async () => {
      const path = `/projects/${serverB.projectId}/oauth/introspect`;
      return (await post(serverB, path, { token: accessToken }, basicHeader(client))).body.active;
    };
    expect([await isActive(), await isAccepted(serverB, accessToken)]).toEqual([true, true]);
    await serverA.operator.request(mutation, { input: inputOf(client.clientId, accessToken) });
    expect([await isActive(), await isAccepted(serverB, accessToken)]).toEqual([false, false]);
  });

  test("an idempotency key that is sent to both at once", async () => {
    const input = { name: "Once", scopes: ["read:users"], idempotencyKey: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? serverA : serverB).operator.request(CREATE_CLIENT, { input }),
      ),
    );
    const created = answers.map(({ createClient: { client, clientSecret } }) => ({
      clientId: client.clientId,
      clientSecret,
    }));
    expect(new Set(created.map(({ clientId }) => clientId)).size).toBe(1);
    expect(created.filter(({ clientSecret }) => clientSecret !== null)).toHaveLength(1);
    const { clients } = await serverA.operator.request(
      `{ clients(filter: { nameContains: "Once" }) { totalCount } }`,
    );
    expect(clients.totalCount).toBe(1);
  });
});
