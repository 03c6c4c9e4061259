import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

/** Signals in quicker succession count as one. */
const LONGER_THAN_DEBOUNCE_MS = 300;

describe("a process that receives a stop signal", () => {
  let processes: ServerProcesses;

  beforeAll(async () => {
    processes = await serverProcesses();
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test("serves for DRAIN_SECONDS while not ready, and exits at once after another signal", async () => {
    const server = await processes.start({ DRAIN_SECONDS: "600" });
    const get = async (path: string) => {
      const response = await fetch(server.url + path);
      const { status, headers } = response;
      return { status, connection: headers.get("connection"), body: await response.text() };
    };
    const before = await get("/readyz");
    expect([before.status, before.connection]).toEqual([200, "keep-alive"]);
    process.kill(server.pid, "SIGTERM");
    let answer = before;
    while (answer.status === 200) answer = await get("/readyz");
    expect([answer.status, JSON.parse(answer.body)]).toEqual([503, { status: "closing" }]);
    for (const path of ["/healthz", "/schema.graphql", "/no-such-path"]) {
      expect((await get(path)).connection).toBe("close");
    }
    const { data, headers } = await server.operator.send("{ project { projectId } }");
    expect(data.project.projectId).toBe(server.projectId);
    expect(headers.get("connection")).toBe("close");
    await setTimeout(LONGER_THAN_DEBOUNCE_MS);
    expect(await server.end("SIGTERM")).toBe(1);
  });

  test("treats two signals in quick succession as one, since npm and a service manager both forward it", async () => {
    const server = await processes.start({ DRAIN_SECONDS: "1" });
    process.kill(server.pid, "SIGTERM");
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("answers a request that it has begun to receive", async () => {
    const server = await processes.start();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write("GET /healthz HTTP/1.1\r\nHost: countersign\r\n");
    // When this request is answered, the server has read the bytes that were sent before it.
    await fetch(`${server.url}/healthz`);
    const ended = server.end("SIGTERM");
    while (await fetch(`${server.url}/healthz`).catch(() => null));
    socket.write("\r\n");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(await ended).toBe(0);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "exits with 0 after DRAIN_SECONDS (%s)",
    async (signal) => {
      const server = await processes.start({ DRAIN_SECONDS: "1" });
      const ended = server.end(signal);
      const answers: number[] = [];
      let isOver = false;
      void server.ended.then(() => {
        isOver = true;
      });
      while (!isOver) {
        const answer = await fetch(`${server.url}/readyz`).catch(() => null);
        if (answer) answers.push(answer.status);
      }
      expect(await ended).toBe(0);
      expect(answers).toContain(503);
    },
  );
});
