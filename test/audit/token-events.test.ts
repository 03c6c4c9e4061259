import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { FastifyBaseLogger } from "fastify";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
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

  test("combine a client's tokens into one event", async () => {
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

  test("grow with clients and hours, not with tokens", async () => {
    const clients = [await createClient(server.operator), await createClient(server.operator)];
    const toNextHour = () => server.clock.advance(3600);
    toNextHour();
    let jti = "";
    for (let second = 0; second < 50; second += 5) {
      for (const client of clients) jti = jtiOf(await issueToken(server.anonymous, client));
      await flush();
      server.clock.advance(5);
    }
    toNextHour();
    const [client, other] = clients as [(typeof clients)[0], (typeof clients)[0]];
    await issueToken(server.anonymous, client);
    await flush();
    expect(await eventsOf(client.clientId)).toMatchObject([{ count: 1 }, { count: 10 }]);
    const occurredAt = new Date(server.clock.now().getTime() - 3_605_000).toISOString();
    expect(await eventsOf(other.clientId)).toMatchObject([
      { count: 10, targetId: jti, occurredAt },
    ]);
  });

  test("of one hour are one event, whichever process issued the tokens", async () => {
    const second = await server.secondInstance();
    if (!second) return;
    const client = await createClient(server.operator);
    await issueToken(second.anonymous, client);
    server.clock.advance(1);
    const jti = jtiOf(await issueToken(server.anonymous, client));
    await flush();
    await second.services.tokenAudit.flush();
    await second.stop();
    expect(await eventsOf(client.clientId)).toMatchObject([{ count: 2, targetId: jti }]);
  });

  test("of addresses in one IPv6 network are one event", async () => {
    await server.restart({ trustedProxies: ["127.0.0.1"] });
    const client = await createClient(server.operator);
    const { clientId, clientSecret } = client;
    for (const address of ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]) {
      await server.anonymous.send(
        "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { scope } }",
        { input: { clientId, clientSecret } },
        { "x-forwarded-for": address },
      );
    }
    await flush();
    const counts = (await eventsOf(clientId)).map(({ count }: { count: number }) => count);
    expect(counts.sort()).toEqual([1, 2]);
    await server.restart();
  });

  test("do not reach a new project that has the id of a deleted one", async () => {
    const create = `mutation { createProject(input: { name: "Short-lived", environment: TEST, projectId: "short-lived" }) { secret } }`;
    const { createProject } = await server.operator.request(create);
    const operator = server.withKey("short-lived", createProject.secret);
    const { clientId, clientSecret } = await createClient(operator);
    await server.anonymous.request(
      "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { scope } }",
      { input: { clientId, clientSecret, projectId: "short-lived" } },
    );
    await server.operator.request(
      `mutation { deleteProject(input: { projectId: "short-lived", force: true }) { projectId } }`,
    );
    server.clock.advance(1);
    await server.operator.request(create);
    await flush();
    const where = { projectId: "short-lived", action: "token.issue" };
    expect(await server.services.unitOfWork.read.countBy(AuditEvent, where)).toBe(0);
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

  test("are kept for as long as the operator sets", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    await flush();
    const log = { error: () => {}, warn: () => {} } as unknown as FastifyBaseLogger;
    const { sweep, stop } = startHousekeeping(server.services, server.clock, log, undefined, 2);
    server.clock.advance(2 * 24 * 3600 - 1);
    await sweep();
    expect(await eventsOf(client.clientId)).toHaveLength(1);
    server.clock.advance(1);
    await sweep();
    await stop();
    expect(await eventsOf(client.clientId)).toEqual([]);
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
