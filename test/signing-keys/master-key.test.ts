import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader } from "jose";
import { createClient, issueToken, updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { isAccepted, publishedKids, rotate, signedToken } from "./signing-key-operations.js";

const newKey = () => new Uint8Array(randomBytes(32));

describe("a change of the master key", () => {
  let server: TestServer;
  const [a, b, c] = [newKey(), newKey(), newKey()];

  beforeAll(async () => {
    server = await startTestServer({ masterKeys: [a] });
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Ids of the master keys that seal the private keys in the database. */
  const sealedUnder = async () => {
    const rows: { sealed_private_jwk: string }[] = await server.services.unitOfWork.read.query(
      "SELECT sealed_private_jwk FROM signing_keys",
    );
    return new Set(rows.map((row) => decodeProtectedHeader(row.sealed_private_jwk)["kid"]));
  };

  test("seals everything under the new key at a restart, after which the old key can be removed", async () => {
    const client = await createClient(server.operator);
    await updateProject(server.operator, { signingAlgorithm: "ES256", force: true });
    await rotate(server.operator, { force: true });
    await server.otherProject();
    const { accessToken } = await issueToken(server.anonymous, client);
    const kids = await publishedKids(server);
    const [former] = await sealedUnder();
    expect((await sealedUnder()).size).toBe(1);

    await server.restart({ masterKeys: [b, a] });
    const next = await sealedUnder();
    expect(next.size).toBe(1);
    expect(next.has(former)).toBe(false);
    expect(await isAccepted(server, accessToken)).toBe(true);

    await server.restart({ masterKeys: [b] });
    expect(await sealedUnder()).toEqual(next);
    expect(await publishedKids(server)).toEqual(kids);
    const after = await signedToken(server, client);
    expect(kids).toContain(after.kid);
    expect(await isAccepted(server, after.accessToken)).toBe(true);
    expect(await isAccepted(server, accessToken)).toBe(true);
    await rotate(server.operator, { force: true });
    expect((await signedToken(server, client)).kid).not.toBe(after.kid);
  });

  test("keeps idempotency keys valid", async () => {
    await server.restart({ masterKeys: [b] });
    const input = { name: "Once", idempotencyKey: "across-master-keys" };
    const created = await createClient(server.operator, input);
    await server.restart({ masterKeys: [c, b] });
    const again = await createClient(server.operator, input);
    expect(again).toEqual({ ...created, clientSecret: null });
  });

  test("to an unrelated key prevents the start and reports why", async () => {
    await server.restart({ masterKeys: [c] });
    await expect(server.restart({ masterKeys: [newKey()] })).rejects.toThrow(
      "a signing key is sealed with another master key",
    );
    await server.restart({ masterKeys: [newKey(), c] });
    expect((await sealedUnder()).size).toBe(1);
  });
});
