import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { FastifyBaseLogger } from "fastify";
import { startHousekeeping } from "../../src/housekeeping.js";
import { createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const EVENTS = `query ($filter: AuditEventFilter) {
  auditEvents(filter: $filter) {
    nodes { action actorType actorId targetType targetId count requestId ipAddress occurredAt }
  }
}`;

describe("token events in the audit log", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const flush = () => server.services.tokenAudit.flush();
  const eventsOf = async (actorId: string) =>
    (await server.operator.request(EVENTS, { filter: { action: "TOKEN_ISSUE", actorId } }))
      .auditEvents.nodes;
  const jtiOf = ({ accessToken }: { accessToken: string }): string =>
    JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).jti;

  test("combine a client's tokens of a few seconds into one event", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    const response = await fetch(`${server.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: client.clientId,
        client_secret: client.clientSecret,
      }),
    });
    const jti = jtiOf({
      accessToken: ((await response.json()) as { access_token: string }).access_token,
    });
    await flush();
    expect(await eventsOf(client.clientId)).toEqual([
      {
        action: "TOKEN_ISSUE",
        actorType: "CLIENT",
        actorId: client.clientId,
        targetType: "token",
        targetId: jti,
        count: 2,
        requestId: response.headers.get("x-request-id"),
        ipAddress: "127.0.0.1",
        occurredAt: server.clock.now().toISOString(),
      },
    ]);
  });

  test("are stored when the server stops", async () => {
    const client = await createClient(server.operator);
    const jti = jtiOf(await issueToken(server.anonymous, client));
    await server.restart();
    expect(await eventsOf(client.clientId)).toMatchObject([{ targetId: jti, count: 1 }]);
  });

  test("are kept until the database accepts them", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    const outage = jest
      .spyOn(server.services.unitOfWork, "write")
      .mockRejectedValue(new Error("the database is away"));
    await expect(flush()).rejects.toThrow("the database is away");
    await issueToken(server.anonymous, client);
    outage.mockRestore();
    await flush();
    expect(await eventsOf(client.clientId)).toMatchObject([{ count: 2 }]);
  });

  test("are deleted after 30 days, unlike events of changes", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    await flush();
    const log = { error: () => {}, warn: () => {} } as unknown as FastifyBaseLogger;
    const { sweep, stop } = startHousekeeping(server.services, server.clock, log);
    server.clock.advance(30 * 24 * 3600 - 1);
    await sweep();
    expect(await eventsOf(client.clientId)).toHaveLength(1);
    server.clock.advance(1);
    await sweep();
    await stop();
    expect(await eventsOf(client.clientId)).toEqual([]);
    const { auditEvents } = await server.operator.request(EVENTS, {
      filter: { targetId: client.clientId },
    });
    expect(auditEvents.nodes).toMatchObject([{ action: "CLIENT_CREATE", count: 1 }]);
  });
});
