import { afterAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { JWKS_PROPAGATION_SECONDS } from "../../src/signing-keys/signing-key-store.js";
import { allPages } from "../support/all-pages.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ALGORITHM,
  findKey,
  isAccepted,
  LIST_KEYS,
  publishedKids,
  ROTATE_KEY,
  rotate,
  type SigningKeyView,
  signedToken,
  signingKeys,
} from "./signing-key-operations.js";

const DAY_SECONDS = 24 * 3600;
/** Allows for clock differences of verifiers and for tokens that are issued during the rotation. */
/** The lifetime of a project without one of its own, which a key records when it becomes current. */
const LIFETIME_SECONDS = 3600;
const MARGIN_SECONDS = 300;

describe("signing key rotation", () => {
  let server: TestServer;
  let client: ClientView & Credentials;

  beforeEach(async () => {
    await server?.stop();
    server = await startTestServer();
    client = await createClient(server.operator);
    await updateProject(server.operator, { signingAlgorithm: ALGORITHM, force: true });
  });

  afterAll(async () => {
    await server.stop();
  });

  const statuses = async () =>
    (await signingKeys(server.operator)).map(({ status }) => status).sort();
  const rotateFailure = async (input: object = {}) =>
    (await server.operator.failure(ROTATE_KEY, { input })).extensions;

  test("publishes the next key from the start, and activates it by a rotation", async () => {
    const current = await findKey(server.operator, "CURRENT");
    const next = await findKey(server.operator, "NEXT");
    expect(await publishedKids(server)).toEqual(expect.arrayContaining([current.kid, next.kid]));
    const before = await signedToken(server, client);
    expect(before.kid).toBe(current.kid);
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    const now = server.clock.now().toISOString();
    const rotated = await rotate(server.operator);
    expect(rotated).toEqual({ ...next, status: "CURRENT", activatedAt: now });
    const after = await signedToken(server, client);
    expect(after.kid).toBe(next.kid);
    const following = await findKey(server.operator, "NEXT");
    expect([current.kid, next.kid]).not.toContain(following.kid);
    expect(following).toMatchObject({ createdAt: now, activatedAt: null });
    expect(await publishedKids(server)).toHaveLength(3);
    expect(await isAccepted(server, before.accessToken)).toBe(true);
    expect(await isAccepted(server, after.accessToken)).toBe(true);
  });

  test("waits until verifiers have fetched the next key, unless it is forced", async () => {
    server.clock.advance(JWKS_PROPAGATION_SECONDS - 1);
    expect(await rotateFailure()).toEqual({ code: "PRECONDITION_FAILED" });
    expect(await rotateFailure({ force: false })).toEqual({ code: "PRECONDITION_FAILED" });
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
    const next = await findKey(server.operator, "NEXT");
    expect((await rotate(server.operator, { force: true })).kid).toBe(next.kid);
    expect(await rotateFailure()).toEqual({ code: "PRECONDITION_FAILED" });
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    await rotate(server.operator);
    expect(await statuses()).toEqual(["CURRENT", "NEXT", "PREVIOUS", "PREVIOUS"]);
  });

  test("keeps the previous key until the longest-lived token that it signed has expired", async () => {
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 7200 });
    const long = await signedToken(server, client);
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 60 });
    const { accessToken: short } = await signedToken(server, client);
    await rotate(server.operator, { force: true });
    const previous = await findKey(server.operator, "PREVIOUS");
    expect(previous.kid).toBe(long.kid);
    const lastSecond = 7200 + MARGIN_SECONDS;
    const retiresAt = server.clock.now().getTime() + lastSecond * 1000;
    expect(previous.retiresAt).toBe(new Date(retiresAt).toISOString());
    server.clock.advance(7199);
    await server.services.keyRotation.runSchedule();
    expect(await isAccepted(server, long.accessToken)).toBe(true);
    expect(await isAccepted(server, short)).toBe(false);
    server.clock.advance(MARGIN_SECONDS);
    await server.services.keyRotation.runSchedule();
    expect(await publishedKids(server)).toContain(long.kid);
    server.clock.advance(1);
    await server.services.keyRotation.runSchedule();
    expect(await publishedKids(server)).not.toContain(long.kid);
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
  });

  test("keeps the previous key for the longest lifetime of two concurrent tokens, in either order", async () => {
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 7200 });
    const shorter = await createClient(server.operator, { accessTokenLifetimeSeconds: 5400 });
    const { unitOfWork } = server.services;
    const write = jest.spyOn(unitOfWork, "write").mockImplementationOnce(async (work) => {
      await signedToken(server, client);
      return unitOfWork.write(work);
    });
    await signedToken(server, shorter);
    write.mockRestore();
    await rotate(server.operator, { force: true });
    const retiresAt = server.clock.now().getTime() + (7200 + MARGIN_SECONDS) * 1000;
    expect((await findKey(server.operator, "PREVIOUS")).retiresAt).toBe(
      new Date(retiresAt).toISOString(),
    );
  });

  test("creates one pair of keys when an algorithm is selected five times at once", async () => {
    const selectAlgorithm = () =>
      updateProject(server.operator, { signingAlgorithm: "EDDSA", force: true });
    await Promise.all([
      selectAlgorithm(),
      selectAlgorithm(),
      selectAlgorithm(),
      selectAlgorithm(),
      selectAlgorithm(),
    ]);
    const keys = await signingKeys(server.operator, "EDDSA");
    expect(keys.map(({ status }) => status).sort()).toEqual(["CURRENT", "NEXT"]);
  });

  test("uses the new key for a token that would outlive the previous one", async () => {
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 7200 });
    const former = await findKey(server.operator, "CURRENT");
    const { unitOfWork } = server.services;
    // The first write records the token's lifetime at the key. The rotation happens just before it.
    const write = jest.spyOn(unitOfWork, "write").mockImplementationOnce(async (work) => {
      await rotate(server.operator, { force: true });
      return unitOfWork.write(work);
    });
    const { accessToken, kid } = await signedToken(server, client);
    write.mockRestore();
    expect(kid).toBe((await findKey(server.operator, "CURRENT")).kid);
    expect(kid).not.toBe(former.kid);
    expect(await isAccepted(server, accessToken)).toBe(true);
  });

  test("removes a previous key that signed nothing after the project's lifetime and the margin", async () => {
    await rotate(server.operator, { force: true });
    server.clock.advance(LIFETIME_SECONDS + MARGIN_SECONDS);
    await server.services.keyRotation.runSchedule();
    expect(await statuses()).toEqual(["CURRENT", "NEXT"]);
  });

  test("changes the keys of one algorithm only", async () => {
    const rsa = await findKey(server.operator, "CURRENT", "RS256");
    const next = await findKey(server.operator, "NEXT");
    expect((await rotate(server.operator, { force: true })).kid).toBe(next.kid);
    expect(await findKey(server.operator, "CURRENT", "RS256")).toEqual(rsa);
    const { kid } = await findKey(server.operator, "NEXT", "RS256");
    expect((await rotate(server.operator, { algorithm: "RS256", force: true })).kid).toBe(kid);
    expect(await rotateFailure({ algorithm: "EDDSA" })).toEqual({ code: "SIGNING_KEY_NOT_FOUND" });
  });

  test("happens once when it is requested ten times at once", async () => {
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    const next = await findKey(server.operator, "NEXT");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.operator.send(ROTATE_KEY, { input: {} })),
    );
    const done = answers.filter(({ errors }) => errors.length === 0);
    expect(done.map(({ data }) => data.rotateSigningKey.signingKey.kid)).toEqual([next.kid]);
    expect(await statuses()).toEqual(["CURRENT", "NEXT", "PREVIOUS"]);
  });

  test("fails no token request and no verification", async () => {
    server.clock.advance(JWKS_PROPAGATION_SECONDS);
    let isRotated = false;
    const kids = new Set<string>();
    const requestRepeatedly = async () => {
      do {
        const { accessToken, kid } = await signedToken(server, client);
        kids.add(kid);
        expect(await publishedKids(server)).toContain(kid);
        expect(await isAccepted(server, accessToken)).toBe(true);
      } while (!isRotated);
    };
    const callers = Promise.all([requestRepeatedly(), requestRepeatedly(), requestRepeatedly()]);
    await rotate(server.operator);
    await signedToken(server, client);
    isRotated = true;
    await callers;
    expect(kids.size).toBeGreaterThanOrEqual(1);
    expect((await signedToken(server, client)).kid).toBe(
      (await findKey(server.operator, "CURRENT")).kid,
    );
  });

  test("requires the permission and is limited to the project", async () => {
    const reader = await server.keyWith("signing_keys:read");
    expect((await reader.failure(ROTATE_KEY, { input: {} })).extensions.code).toBe("FORBIDDEN");
    const writer = await server.keyWith("signing_keys:write");
    expect((await writer.failure(LIST_KEYS)).extensions.code).toBe("FORBIDDEN");
    const other = await server.otherProject();
    await updateProject(other.operator, { signingAlgorithm: ALGORITHM, force: true });
    const before = await signingKeys(server.operator);
    await rotate(other.operator, { force: true });
    expect(await signingKeys(server.operator)).toEqual(before);
    const foreignKids = (await signingKeys(other.operator)).map(({ kid }) => kid);
    const ownKids = before.map(({ kid }) => kid);
    expect(foreignKids.filter((kid) => ownKids.includes(kid))).toEqual([]);
  });

  test("lists keys newest first across pages, without private members", async () => {
    for (let round = 0; round < 3; round++) {
      server.clock.advance(1);
      await rotate(server.operator, { force: true });
    }
    const all: SigningKeyView[] = (await server.operator.request(LIST_KEYS)).signingKeys.nodes;
    expect(all).toHaveLength(7);
    const paged = await allPages<{ kid: string }>(
      async (after) => (await server.operator.request(LIST_KEYS, { first: 2, after })).signingKeys,
    );
    expect(paged.map(({ kid }) => kid)).toEqual(all.map(({ kid }) => kid));
    const times = all.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    for (const { publicJwk } of all) {
      const members = publicJwk["kty"] === "RSA" ? ["e", "n"] : ["crv", "x", "y"];
      expect(Object.keys(publicJwk).sort()).toEqual(
        [...members, "alg", "kid", "kty", "use"].sort(),
      );
    }
  });

  describe("by schedule", () => {
    const run = () => server.services.keyRotation.runSchedule();
    const kid = async () => (await findKey(server.operator, "CURRENT")).kid;

    test("happens when the key has signed for the configured number of days", async () => {
      const first = await kid();
      server.clock.advance(400 * DAY_SECONDS);
      await run();
      expect(await kid()).toBe(first);
      await updateProject(server.operator, { signingKeyRotationDays: 90 });
      await run();
      const second = await kid();
      expect(second).not.toBe(first);
      server.clock.advance(90 * DAY_SECONDS - 1);
      await run();
      expect(await kid()).toBe(second);
      server.clock.advance(1);
      await run();
      expect(await kid()).not.toBe(second);
      expect(await statuses()).toEqual(["CURRENT", "NEXT", "PREVIOUS"]);
      await updateProject(server.operator, { signingKeyRotationDays: null });
      const last = await kid();
      server.clock.advance(400 * DAY_SECONDS);
      await run();
      expect(await kid()).toBe(last);
    });

    test("happens once on several servers", async () => {
      await updateProject(server.operator, { signingKeyRotationDays: 1 });
      const other = await server.otherProject();
      await updateProject(other.operator, {
        signingAlgorithm: ALGORITHM,
        force: true,
        signingKeyRotationDays: 1,
      });
      server.clock.advance(DAY_SECONDS);
      await Promise.all([run(), run(), run()]);
      expect(await statuses()).toEqual(["CURRENT", "NEXT", "PREVIOUS"]);
      const foreignStatuses = (await signingKeys(other.operator))
        .map(({ status }) => status)
        .sort();
      expect(foreignStatuses).toEqual(["CURRENT", "NEXT", "PREVIOUS"]);
    });

    test("covers every algorithm and is recorded with the server as actor", async () => {
      await updateProject(server.operator, { signingKeyRotationDays: 1 });
      server.clock.advance(DAY_SECONDS);
      await run();
      const { auditEvents } = await server.operator.request(
        `{ auditEvents(filter: { action: SIGNING_KEY_ROTATE }) { nodes { actorType actorId targetId } } }`,
      );
      const current = [
        (await findKey(server.operator, "CURRENT")).kid,
        (await findKey(server.operator, "CURRENT", "RS256")).kid,
      ];
      expect(auditEvents.nodes).toHaveLength(2);
      for (const { actorType, targetId } of auditEvents.nodes) {
        expect(actorType).toBe("SYSTEM");
        expect(current).toContain(targetId);
      }
    });

    test.each([0, 366, -1])("refuses a period of %i days", async (signingKeyRotationDays) => {
      const { extensions } = await server.operator.failure(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { version } } }",
        { input: { signingKeyRotationDays } },
      );
      expect(extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "signingKeyRotationDays"],
      });
    });
  });
});
