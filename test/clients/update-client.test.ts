import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "../../src/clients/client.entity.js";
import { LastUsedTracker } from "../../src/persistence/last-used-tracker.js";
import {
  createClient,
  DELETE_CLIENT,
  getClient,
  issueToken,
  tokenFailure,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${index}`, index]));

describe("an existing client", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const full = () =>
    createClient(server.operator, {
      name: "Billing",
      description: "Invoices",
      trustedMetadata: { a: 1, b: { c: 2 } },
      accessTokenLifetimeSeconds: 600,
      expiresAt: new Date(server.clock.now().getTime() + 86_400_000).toISOString(),
    });
  const failure = (input: object) => server.operator.failure(UPDATE_CLIENT, { input });

  test("keeps fields that an update does not mention", async () => {
    const { clientSecret: _, ...client } = await full();
    server.clock.advance(5);
    const { clientId } = client;
    const updated = await updateClient(server.operator, { clientId, name: "Invoicing" });
    expect(updated).toEqual({
      ...client,
      name: "Invoicing",
      updatedAt: server.clock.now().toISOString(),
      version: 2,
    });
    expect(await getClient(server.operator, client.clientId)).toEqual(updated);
  });

  test("loses optional fields that an update sets to null", async () => {
    const { clientId } = await full();
    const updated = await updateClient(server.operator, {
      clientId,
      name: null,
      description: null,
      accessTokenLifetimeSeconds: null,
      expiresAt: null,
    });
    expect(updated).toMatchObject({
      name: null,
      description: null,
      trustedMetadata: { a: 1, b: { c: 2 } },
      accessTokenLifetimeSeconds: null,
      expiresAt: null,
    });
    expect(await getClient(server.operator, clientId)).toEqual(updated);
  });

  test("has its scopes replaced and its metadata merged at the top level", async () => {
    const { clientId } = await full();
    const updated = await updateClient(server.operator, {
      clientId,
      scopes: ["other"],
      trustedMetadata: { a: null, b: { d: 3 }, e: [null] },
    });
    expect(updated).toMatchObject({ scopes: ["other"] });
    expect(updated.trustedMetadata).toEqual({ b: { d: 3 }, e: [null] });
  });

  test("cannot exceed the metadata limits by a merge", async () => {
    const { clientId } = await createClient(server.operator, { trustedMetadata: keys(20) });
    const tooMany = await failure({ clientId, trustedMetadata: { another: 1 } });
    expect(tooMany.extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "trustedMetadata"],
    });
    const swapped = await updateClient(server.operator, {
      clientId,
      trustedMetadata: { key_0: null, another: 1 },
    });
    expect(Object.keys(swapped.trustedMetadata)).toHaveLength(20);
    const tooBig = await failure({ clientId, trustedMetadata: { key_1: "x".repeat(4096) } });
    expect(tooBig.extensions.path).toEqual(["input", "trustedMetadata"]);
  });

  test("is updated only if the expected version is the current one", async () => {
    const { clientId } = await full();
    await updateClient(server.operator, { clientId, name: "Newer", expectedVersion: 1 });
    const stale = await failure({ clientId, name: "Stale", expectedVersion: 1 });
    expect(stale.extensions).toEqual({
      code: "VERSION_CONFLICT",
      path: ["input", "expectedVersion"],
    });
    expect(await getClient(server.operator, clientId)).toMatchObject({ name: "Newer", version: 2 });
  });

  test("is updated by one of many callers with the same expected version", async () => {
    const { clientId } = await full();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        server.operator.send(UPDATE_CLIENT, {
          input: { clientId, name: `Writer ${index}`, expectedVersion: 1 },
        }),
      ),
    );
    const winners = answers.filter(({ errors }) => errors.length === 0);
    expect(winners).toHaveLength(1);
    expect(await getClient(server.operator, clientId)).toEqual(
      winners[0]?.data.updateClient.client,
    );
  });

  test("keeps the metadata of all concurrent updates", async () => {
    const { clientId } = await createClient(server.operator);
    await Promise.all(
      Object.entries(keys(20)).map(([key, value]) =>
        updateClient(server.operator, { clientId, trustedMetadata: { [key]: value } }),
      ),
    );
    const client = await getClient(server.operator, clientId);
    expect(client).toMatchObject({ trustedMetadata: keys(20), version: 21 });
  });

  test("gets no token while it is inactive", async () => {
    const client = await full();
    await issueToken(server.anonymous, client);
    const { clientId } = client;
    expect((await updateClient(server.operator, { clientId, status: "INACTIVE" })).status).toBe(
      "INACTIVE",
    );
    expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
    await issueToken(server.anonymous, client);
  });

  test("is permanently removed when it is deleted", async () => {
    const client = await full();
    const { clientId } = client;
    expect(await server.operator.request(DELETE_CLIENT, { input: { clientId } })).toEqual({
      deleteClient: { clientId },
    });
    expect(await getClient(server.operator, clientId)).toBeNull();
    expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
    const again = await server.operator.failure(DELETE_CLIENT, { input: { clientId } });
    expect(again.extensions).toEqual({ code: "CLIENT_NOT_FOUND" });
    expect((await failure({ clientId, name: "x" })).extensions).toEqual({
      code: "CLIENT_NOT_FOUND",
    });
  });

  test("is deleted only if the expected version is the current one", async () => {
    const { clientId } = await full();
    await updateClient(server.operator, { clientId, name: "Newer" });
    const { extensions } = await server.operator.failure(DELETE_CLIENT, {
      input: { clientId, expectedVersion: 1 },
    });
    expect(extensions).toEqual({ code: "VERSION_CONFLICT", path: ["input", "expectedVersion"] });
    await server.operator.request(DELETE_CLIENT, { input: { clientId, expectedVersion: 2 } });
  });

  test("of another project is reported as not found", async () => {
    const other = await server.otherProject();
    const { clientId } = await full();
    for (const [operation, input] of [
      [UPDATE_CLIENT, { clientId, name: "Taken over" }],
      [DELETE_CLIENT, { clientId }],
    ] as const) {
      const { extensions } = await other.operator.failure(operation, { input });
      expect(extensions).toEqual({ code: "CLIENT_NOT_FOUND" });
    }
    expect((await getClient(server.operator, clientId))?.name).toBe("Billing");
  });

  test.each([
    ["an empty name", { name: "" }, ["name"]],
    ["a description that is too long", { description: "x".repeat(1001) }, ["description"]],
    ["a bad scope", { scopes: ["ok", "not ok"] }, ["scopes", 1]],
    [
      "a lifetime of 59 seconds",
      { accessTokenLifetimeSeconds: 59 },
      ["accessTokenLifetimeSeconds"],
    ],
    ["version zero", { expectedVersion: 0 }, ["expectedVersion"]],
  ])("is not updated with %s", async (_what, change, path) => {
    const { clientId } = await full();
    expect((await failure({ clientId, ...change })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
  });

  test("can be looked up by any text as an id", async () => {
    for (const clientId of ["", "nobody", "x".repeat(5000), "'; DROP TABLE clients; --", "%"]) {
      expect(await getClient(server.operator, clientId)).toBeNull();
    }
  });
});

describe("the expiry of a client", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const inSeconds = (seconds: number) =>
    new Date(server.clock.now().getTime() + seconds * 1000).toISOString();

  test("ends its access and limits its tokens", async () => {
    const client = await createClient(server.operator, { expiresAt: inSeconds(600) });
    expect((await issueToken(server.anonymous, client)).expiresIn).toBe(600);
    server.clock.advance(599);
    expect((await issueToken(server.anonymous, client)).expiresIn).toBe(1);
    server.clock.advance(1);
    expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
    await updateClient(server.operator, { clientId: client.clientId, expiresAt: inSeconds(60) });
    expect((await issueToken(server.anonymous, client)).expiresIn).toBe(60);
  });

  test("has millisecond precision", async () => {
    const expiresAt = "2027-01-02T03:04:05.678Z";
    const { clientId } = await createClient(server.operator, { expiresAt });
    expect((await getClient(server.operator, clientId))?.expiresAt).toBe(expiresAt);
  });

  test.each(["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])(
    "accepts %s or refuses it as a bad input",
    async (expiresAt) => {
      const { clientId } = await createClient(server.operator);
      const answer = await server.operator.send(UPDATE_CLIENT, { input: { clientId, expiresAt } });
      const codes = answer.errors.map(({ extensions }) => extensions.code);
      expect(["", "BAD_USER_INPUT"]).toContain(codes.join());
      expect(await getClient(server.operator, clientId)).not.toBeNull();
    },
  );

  test("leaves its lifetime, which goes before the project's, to its tokens", async () => {
    const short = await createClient(server.operator, { accessTokenLifetimeSeconds: 120 });
    expect((await issueToken(server.anonymous, short)).expiresIn).toBe(120);
    const long = await createClient(server.operator, { accessTokenLifetimeSeconds: 7200 });
    expect((await issueToken(server.anonymous, long)).expiresIn).toBe(7200);
  });
});

describe("the last use of a client", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("is the time of its last successful authentication, and survives a restart", async () => {
    const client = await createClient(server.operator);
    const { clientId } = client;
    await tokenFailure(server.anonymous, { clientId, clientSecret: "wrong" });
    await server.services.authenticator.lastUsed.flush();
    expect((await getClient(server.operator, clientId))?.lastUsedAt).toBeNull();
    server.clock.advance(10);
    await issueToken(server.anonymous, client);
    const usedAt = server.clock.now().toISOString();
    await server.restart();
    const seen = await getClient(server.operator, clientId);
    expect(seen).toMatchObject({ lastUsedAt: usedAt, version: 1 });
    const renamed = await updateClient(server.operator, { clientId, name: "Renamed" });
    expect(renamed.lastUsedAt).toBe(usedAt);
  });

  const lastUsedAt = async (clientId: string) =>
    (await getClient(server.operator, clientId))?.lastUsedAt;

  test("is the latest of several uses that are written together, in any order", async () => {
    const client = await createClient(server.operator);
    const { lastUsed } = server.services.authenticator;
    await issueToken(server.anonymous, client);
    server.clock.advance(30);
    await issueToken(server.anonymous, client);
    const last = server.clock.now().toISOString();
    server.clock.advance(-10);
    await issueToken(server.anonymous, client);
    await lastUsed.flush();
    expect(await lastUsedAt(client.clientId)).toBe(last);
  });

  test("is not overwritten when another process later writes an earlier use", async () => {
    const client = await createClient(server.operator);
    const { projectId } = server;
    const { clientId } = client;
    const { authenticator, unitOfWork } = server.services;
    const elsewhere = new LastUsedTracker(unitOfWork, server.clock, Client, "clientId");
    elsewhere.touch({ projectId }, clientId, null, server.clock.now());
    server.clock.advance(90);
    await issueToken(server.anonymous, client);
    await authenticator.lastUsed.flush();
    await elsewhere.flush();
    expect(await lastUsedAt(clientId)).toBe(server.clock.now().toISOString());
  });

  test("is written at most once a minute", async () => {
    const client = await createClient(server.operator);
    const { lastUsed } = server.services.authenticator;
    const use = async () => {
      await issueToken(server.anonymous, client);
      await lastUsed.flush();
      return lastUsedAt(client.clientId);
    };
    const first = await use();
    server.clock.advance(59);
    expect(await use()).toBe(first);
    server.clock.advance(1);
    expect(await use()).toBe(server.clock.now().toISOString());
  });
});
