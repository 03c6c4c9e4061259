import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
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
  publishedKids,
  REVOKE_KEY,
  revoke,
  rotate,
  signedToken,
  signingKeys,
} from "./signing-key-operations.js";

describe("revoking a signing key", () => {
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

  const failure = async (kid: string, as = server.operator) =>
    (await as.failure(REVOKE_KEY, { input: { kid } })).extensions;

  test("that is current invalidates its tokens, and the next key signs", async () => {
    const current = await findKey(server.operator, "CURRENT");
    const next = await findKey(server.operator, "NEXT");
    const { accessToken } = await signedToken(server, client);
    expect(await isAccepted(server, accessToken)).toBe(true);
    const now = server.clock.now().toISOString();
    expect(await revoke(server.operator, current.kid)).toEqual({
      ...current,
      status: "REVOKED",
      revokedAt: now,
    });
    expect(await isAccepted(server, accessToken)).toBe(false);
    const after = await signedToken(server, client);
    expect(after.kid).toBe(next.kid);
    expect(await isAccepted(server, after.accessToken)).toBe(true);
    const published = await publishedKids(server);
    expect(published).not.toContain(current.kid);
    expect(published).toEqual(
      expect.arrayContaining([next.kid, (await findKey(server.operator, "NEXT")).kid]),
    );
  });

  test("that is next creates another next key", async () => {
    const next = await findKey(server.operator, "NEXT");
    const { accessToken } = await signedToken(server, client);
    expect((await revoke(server.operator, next.kid)).status).toBe("REVOKED");
    expect((await findKey(server.operator, "NEXT")).kid).not.toBe(next.kid);
    expect(await publishedKids(server)).not.toContain(next.kid);
    expect(await isAccepted(server, accessToken)).toBe(true);
    await rotate(server.operator, { force: true });
    expect((await findKey(server.operator, "CURRENT")).kid).not.toBe(next.kid);
  });

  test("that is previous changes no other key", async () => {
    const { accessToken, kid } = await signedToken(server, client);
    await rotate(server.operator, { force: true });
    const current = await findKey(server.operator, "CURRENT");
    const next = await findKey(server.operator, "NEXT");
    expect(await isAccepted(server, accessToken)).toBe(true);
    await revoke(server.operator, kid);
    expect(await isAccepted(server, accessToken)).toBe(false);
    expect((await publishedKids(server)).sort()).toEqual([current.kid, next.kid].sort());
    expect(await findKey(server.operator, "CURRENT")).toEqual(current);
    expect(await findKey(server.operator, "NEXT")).toEqual(next);
  });

  test("keeps it listed as revoked", async () => {
    const { kid } = await findKey(server.operator, "CURRENT");
    await revoke(server.operator, kid);
    server.clock.advance(400 * 24 * 3600);
    await server.services.keyRotation.runSchedule();
    const revoked = (await signingKeys(server.operator)).find((key) => key.kid === kid);
    expect(revoked?.status).toBe("REVOKED");
    expect(await failure(kid)).toEqual({ code: "SIGNING_KEY_NOT_FOUND" });
  });

  test("repeatedly always leaves a current and a next key", async () => {
    for (let round = 0; round < 3; round++) {
      await revoke(server.operator, (await findKey(server.operator, "CURRENT")).kid);
      const { accessToken } = await signedToken(server, client);
      expect(await isAccepted(server, accessToken)).toBe(true);
    }
    expect(await publishedKids(server)).toHaveLength(2);
  });

  test("five times at once succeeds once", async () => {
    const { kid } = await findKey(server.operator, "CURRENT");
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.operator.send(REVOKE_KEY, { input: { kid } })),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    await findKey(server.operator, "CURRENT");
    await findKey(server.operator, "NEXT");
    expect(await signingKeys(server.operator)).toHaveLength(3);
  });

  test("requires the permission and the project's own key", async () => {
    const other = await server.otherProject();
    const { kid } = await findKey(server.operator, "CURRENT");
    expect(await failure(kid, other.operator)).toEqual({ code: "SIGNING_KEY_NOT_FOUND" });
    expect(await failure("jwk_unknown")).toEqual({ code: "SIGNING_KEY_NOT_FOUND" });
    expect(await failure("\u0000")).toMatchObject({ code: "BAD_USER_INPUT" });
    const reader = await server.keyWith("signing_keys:read");
    expect(await failure(kid, reader)).toMatchObject({ code: "FORBIDDEN" });
    expect((await findKey(server.operator, "CURRENT")).kid).toBe(kid);
  });
});
