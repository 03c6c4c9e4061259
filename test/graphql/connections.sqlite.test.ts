import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { CONNECTION_LIMITS } from "../../src/http/connection-limits.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { CREATE_CLIENT, createClient, issueToken } from "../support/operations.js";
import { isLong } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";

/** A long run waits as long as a real client would. */
const connectionLimits = isLong
  ? CONNECTION_LIMITS
  : { requestMs: 300, checkIntervalMs: 50, responseMs: 300 };

describe("a connection", () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer({ connectionLimits });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });

  const openSocket = async (): Promise<Socket> => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return socket;
  };
  const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: countersign\r\n\r\n`;
  const POST = (body: object) => {
    const json = JSON.stringify(body);
    const headers = [
      "POST /graphql HTTP/1.1",
      "Host: countersign",
      `Authorization: ${basicAuthorization(server.projectId, server.managementSecret)}`,
      "Content-Type: application/json",
      `Content-Length: ${json.length}`,
    ];
    return `${headers.join("\r\n")}\r\n\r\n${json}`;
  };

  test.each([
    ["nothing", () => ""],
    ["half of the headers", () => "POST /graphql HTTP/1.1\r\nHost: countersign\r\n"],
    ["half of a body", () => POST({}).slice(0, -1)],
  ])("that sends %s is closed within the time for a request", async (_what, bytes) => {
    const socket = await openSocket();
    const startedAt = performance.now();
    socket.write(bytes());
    expect(await text(socket)).toMatch(/^(?:|HTTP\/1\.1 408 .*)$/s);
    const { requestMs, checkIntervalMs } = connectionLimits;
    const elapsed = performance.now() - startedAt;
    expect(elapsed).toBeGreaterThan(requestMs - checkIntervalMs);
    // Node.js would look every 30 seconds.
    expect(elapsed).toBeLessThan(requestMs + 20_000);
  });

  test("whose response is not read is closed, even if it sends more", async () => {
    const socket = await openSocket();
    let isClosed = false;
    socket.on("error", () => {
      isClosed = true;
    });
    // More than the buffers of both sides take.
    for (let count = 0; count < 100; count++) socket.write(GET("/schema.graphql"));
    await waitUntil(() => {
      if (!isClosed) socket.write("\r\n");
      return isClosed;
    });
  });

  test("begins a request when the one before is answered", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    const countClients = async () =>
      (await server.operator.request("{ clients { totalCount } }")).clients.totalCount as number;
    const file = await open(import.meta.filename);
    const sync = jest.spyOn(Object.getPrototypeOf(file) as FileHandle, "datasync");
    await file.close();
    let release = () => {};
    sync.mockReturnValue(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const socket = await openSocket();
    const change = { query: CREATE_CLIENT, variables: { input: { scopes: [] } } };
    socket.write(POST(change).repeat(3) + GET("/healthz"));
    await waitUntil(async () => (await countClients()) > 1);
    for (let count = 0; count < 20; count++) await issueToken(server.anonymous, client);
    expect(await countClients()).toBe(2);
    release();
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk;
    });
    await waitUntil(() => received.endsWith('{"status":"ok"}'));
    expect(received.split("HTTP/1.1 200 OK")).toHaveLength(5);
    expect(await countClients()).toBe(4);
    socket.destroy();
  });

  test("on which too many requests wait gets 503 after the answers to those before, and is closed", async () => {
    const socket = await openSocket();
    socket.write(GET("/healthz").repeat(300));
    const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(
      ([, code]) => code,
    );
    expect(statuses).toEqual([...Array.from({ length: 101 }, () => "200"), "503"]);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});
