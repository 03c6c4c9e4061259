import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { TokenGenerations1797400000000 } from "../../src/database/migrations/1797400000000-token-generations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  importClient,
  issueToken,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const REVOKE_ALL = `mutation ($input: RevokeClientTokensInput!) {
  revokeClientTokens(input: $input) { client { clientId } }
}`;

describe("a database whose clients have no token generation", () => {
  let database: TestDatabase;
  let server: TestServer;
  let client: ClientView & Credentials;
  let revoked: ClientView & Credentials;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await startTestServer({ database: database.location });
    client = await createClient(server.operator);
    revoked = await createClient(server.operator);
    server.clock.advance(10);
    await revokeAll(revoked);
    server.clock.advance(10);
    await revertMigrations(database.location, TokenGenerations1797400000000);
    await server.restart();
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const revokeAll = ({ clientId }: Credentials) =>
    server.operator.request(REVOKE_ALL, { input: { clientId } });

  const isValid = async (accessToken: string) =>
    (await server.operator.send(VERIFY_TOKEN, { input: { accessToken } })).errors.length === 0;

  /** A token of the version before, whose `jti` is a UUID of version 4. */
  const formerToken = async (of: Credentials, secondsAgo: number) => {
    const { accessToken } = await issueToken(server.anonymous, of);
    const claims = decodeJwt(accessToken) as JWTPayload & { iat: number; exp: number };
    const iat = claims.iat - secondsAgo;
    const jwt = {
      algorithm: "RS256" as const,
      typ: decodeProtectedHeader(accessToken).typ ?? "",
      claims: { ...claims, iat, nbf: iat, jti: randomUUID() },
    };
    return server.services.signingKeys.sign(server.projectId, jwt);
  };

  test("keeps its tokens valid, and its revocations in force", async () => {
    expect(await isValid(await formerToken(client, 15))).toBe(true);
    expect(await isValid(await formerToken(revoked, 15))).toBe(false);
    expect(await isValid(await formerToken(revoked, 5))).toBe(true);
    // Issued to a client that was deleted before this one was created.
    expect(await isValid(await formerToken(client, 25))).toBe(false);
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(await isValid(accessToken)).toBe(true);
  });

  test("ends all former tokens with the next revocation, whenever they say they were issued", async () => {
    const former = [await formerToken(revoked, 5), await formerToken(revoked, -5)];
    await revokeAll(revoked);
    expect(await Promise.all(former.map(isValid))).toEqual([false, false]);
    expect(await isValid((await issueToken(server.anonymous, revoked)).accessToken)).toBe(true);
  });

  test("accepts tokens that a process of the former version issues while it is being replaced", async () => {
    const created = await createClient(server.operator);
    await revokeAll(revoked);
    server.clock.advance(62);
    for (const one of [created, revoked]) {
      expect(await isValid(await formerToken(one, 0))).toBe(true);
      expect(await isValid(await formerToken(one, 63))).toBe(false);
    }
  });

  test("ends all former tokens when the client is deleted and another one gets its id", async () => {
    const former = [await formerToken(client, 5), await formerToken(client, -5)];
    former.push((await issueToken(server.anonymous, client)).accessToken);
    const { clientId, clientSecret } = client;
    await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    await importClient(server.operator, { clientId, clientSecret });
    expect(await Promise.all(former.map(isValid))).toEqual([false, false, false]);
  });
});
