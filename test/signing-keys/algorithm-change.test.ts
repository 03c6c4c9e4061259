import { afterAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { JWKS_PROPAGATION_SECONDS } from "../../src/signing-keys/signing-key-store.js";
import {
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
  updateApi,
} from "../oauth/oauth-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { findKey, revoke, rotate, signedToken, signingKeys } from "./signing-key-operations.js";

const CHANGE = "signingAlgorithm signingAlgorithmChange { signedWith effectiveAt }";

describe("the first use of a signing algorithm", () => {
  let server: TestServer;
  let client: ClientView & Credentials;

  beforeEach(async () => {
    await server?.stop();
    server = await startTestServer();
    client = await createClient(server.operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const algorithmOf = (token: string) => decodeProtectedHeader(token).alg;
  const algorithm = async () => algorithmOf((await signedToken(server, client)).accessToken);
  const statuses = async () =>
    (await signingKeys(server.operator)).map(({ status }) => status).sort();
  const runSchedule = () => server.services.algorithmChange.runSchedule();
  const change = async () => (await server.operator.request(`{ project { ${CHANGE} } }`)).project;
  const apiChange = async (apiId: string) =>
    (
      await server.operator.request(`query ($apiId: ID!) { api(apiId: $apiId) { ${CHANGE} } }`, {
        apiId,
      })
    ).api;
  const rotations = async () => {
    const { auditEvents } = await server.operator.request(
      "{ auditEvents { nodes { action targetId actorType } } }",
    );
    return auditEvents.nodes.filter(
      ({ action }: { action: string }) => action === "SIGNING_KEY_ROTATE",
    );
  };
  /** A resource server that has fetched the keys now and never fetches them again. */
  const verifierWithKeysOfNow = async () => {
    const url = new URL(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`);
    const keys = createRemoteJWKSet(url, { cooldownDuration: Infinity, cacheMaxAge: Infinity });
    await keys.reload();
    return async (token: string) => {
      const currentDate = server.clock.now();
      await jwtVerify(token, keys, { issuer: issuerFor(server), currentDate });
    };
  };

  test("publishes its key, and signs with it when verifiers have it", async () => {
    const early = await verifierWithKeysOfNow();
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    const late = await verifierWithKeysOfNow();
    const effectiveAt = new Date(
      server.clock.now().getTime() + JWKS_PROPAGATION_SECONDS * 1000,
    ).toISOString();
    expect(await change()).toEqual({
      signingAlgorithm: "ES256",
      signingAlgorithmChange: { signedWith: "RS256", effectiveAt },
    });
    expect(await statuses()).toEqual(["NEXT"]);
    server.clock.advance(JWKS_PROPAGATION_SECONDS - 1);
    await runSchedule();
    const before = await signedToken(server, client);
    expect(algorithmOf(before.accessToken)).toBe("RS256");
    await early(before.accessToken);

    server.clock.advance(1);
    await runSchedule();
    const after = await signedToken(server, client);
    expect(algorithmOf(after.accessToken)).toBe("ES256");
    await late(after.accessToken);
    await late(before.accessToken);
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
    expect(await change()).toEqual({ signingAlgorithm: "ES256", signingAlgorithmChange: null });
    expect(await rotations()).toEqual([
      { action: "SIGNING_KEY_ROTATE", targetId: after.kid, actorType: "SYSTEM" },
    ]);
  });

  test("signs at once if it is forced, also while its key is being published", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256", force: true });
    expect(await algorithm()).toBe("ES256");
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
    await updateProject(server.operator, { signingAlgorithm: "PS256" });
    expect(await algorithm()).toBe("ES256");
    const published = await findKey(server.operator, "NEXT", "PS256");
    await updateProject(server.operator, { signingAlgorithm: "PS256", force: true });
    expect((await signedToken(server, client)).kid).toBe(published.kid);
    expect(await change()).toMatchObject({ signingAlgorithmChange: null });
    expect(await rotations()).toEqual([
      { action: "SIGNING_KEY_ROTATE", targetId: published.kid, actorType: "MANAGEMENT_KEY" },
    ]);
  });

  test("is given up by setting the former algorithm, and resumed with the published key", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    await updateProject(server.operator, { signingAlgorithm: "RS256" });
    expect(await change()).toEqual({ signingAlgorithm: "RS256", signingAlgorithmChange: null });
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await runSchedule();
    expect(await algorithm()).toBe("RS256");
    const { kid } = await findKey(server.operator, "NEXT");
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    expect((await signedToken(server, client)).kid).toBe(kid);
  });

  test("signs at once if the algorithm has signed before", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256", force: true });
    await updateProject(server.operator, { signingAlgorithm: "RS256" });
    expect(await algorithm()).toBe("RS256");
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    expect(await algorithm()).toBe("ES256");
  });

  test("keeps the algorithm that signs through several changes", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    server.clock.advance(60);
    await updateProject(server.operator, { signingAlgorithm: "EDDSA" });
    server.clock.advance(JWKS_PROPAGATION_SECONDS - 60);
    await runSchedule();
    expect(await algorithm()).toBe("RS256");
    expect(await change()).toMatchObject({ signingAlgorithmChange: { signedWith: "RS256" } });
    server.clock.advance(60);
    await runSchedule();
    expect(await algorithm()).toBe("EdDSA");
  });

  test("waits again if the published key is revoked", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    server.clock.advance(JWKS_PROPAGATION_SECONDS - 1);
    await revoke(server.operator, (await findKey(server.operator, "NEXT")).kid);
    server.clock.advance(1);
    await runSchedule();
    expect(await algorithm()).toBe("RS256");
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await runSchedule();
    expect(await algorithm()).toBe("ES256");
  });

  test("can be ended by rotateSigningKey", async () => {
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    const { kid } = await rotate(server.operator, { force: true });
    expect((await signedToken(server, client)).kid).toBe(kid);
    expect(await change()).toMatchObject({ signingAlgorithmChange: null });
  });

  test("waits for APIs too, whether they are created or changed", async () => {
    const created = await createApi(server.operator, { signingAlgorithm: "ES256" });
    const changed = await createApi(server.operator);
    await updateApi(server.operator, { apiId: changed.apiId, signingAlgorithm: "ES256" });
    const ofApi = async (api: { apiId: string; identifier: string }) =>
      algorithmOf(await issueAccessToken(server, client, { audience: api.identifier }));
    for (const api of [created, changed]) {
      await createGrant(server.operator, client, api);
      expect(await ofApi(api)).toBe("RS256");
      expect(await apiChange(api.apiId)).toMatchObject({
        signingAlgorithm: "ES256",
        signingAlgorithmChange: { signedWith: "RS256" },
      });
    }
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await runSchedule();
    for (const api of [created, changed]) {
      expect(await ofApi(api)).toBe("ES256");
      expect(await apiChange(api.apiId)).toMatchObject({ signingAlgorithmChange: null });
    }
    expect(await algorithm()).toBe("RS256");
    const version = { apiId: created.apiId, expectedVersion: created.version };
    await updateApi(server.operator, { ...version, signingAlgorithm: "EDDSA", force: true });
    expect(await ofApi(created)).toBe("EdDSA");
  });

  test("waits for APIs that follow the project, and ends when an API follows it again", async () => {
    const api = await createApi(server.operator, { signingAlgorithm: "EDDSA" });
    await createGrant(server.operator, client, api);
    const ofApi = async () =>
      algorithmOf(await issueAccessToken(server, client, { audience: api.identifier }));
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    await updateApi(server.operator, { apiId: api.apiId, signingAlgorithm: null });
    expect(await ofApi()).toBe("RS256");
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await runSchedule();
    expect(await ofApi()).toBe("ES256");
    expect(await signingKeys(server.operator, "EDDSA")).toMatchObject([{ status: "NEXT" }]);
  });

  test("waits for session JWTs too", async () => {
    const member = await createSessionMember(server, server.operator);
    const session = async () => algorithmOf((await member.startSession()).sessionJwt);
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    expect(await session()).toBe("RS256");
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await runSchedule();
    expect(await session()).toBe("ES256");
  });

  test("publishes one key when it is requested five times at once", async () => {
    await Promise.all(
      Array.from({ length: 5 }, () =>
        updateProject(server.operator, { signingAlgorithm: "ES256" }),
      ),
    );
    expect(await statuses()).toEqual(["NEXT"]);
  });

  test("promotes its key once when several processes do it at the same time", async () => {
    const second = await server.secondInstance();
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    await createApi(server.operator, { signingAlgorithm: "EDDSA" });
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    const schedulers = [server.services, second?.services ?? server.services];
    await Promise.all(
      [...schedulers, ...schedulers].map(({ algorithmChange }) => algorithmChange.runSchedule()),
    );
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
    expect(await rotations()).toHaveLength(2);
    expect(await algorithm()).toBe("ES256");
    await second?.stop();
  });

  test("takes effect for an API that is changed while the key is promoted", async () => {
    const api = await createApi(server.operator);
    await updateProject(server.operator, { signingAlgorithm: "ES256" });
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    const { unitOfWork } = server.services;
    // The API's change has read that the algorithm has no current key when another process promotes it.
    const write = jest.spyOn(unitOfWork, "write").mockImplementationOnce(async (work) => {
      await runSchedule();
      return unitOfWork.write(work);
    });
    await updateApi(server.operator, { apiId: api.apiId, signingAlgorithm: "ES256" });
    write.mockRestore();
    expect(await apiChange(api.apiId)).toEqual({
      signingAlgorithm: "ES256",
      signingAlgorithmChange: null,
    });
  });
});
