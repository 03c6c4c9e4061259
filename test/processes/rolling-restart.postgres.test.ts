import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freePort } from "../support/live-server.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { createClients, type ServerProcesses, serverProcesses } from "../support/server-process.js";
import { type Balancer, startBalancer } from "./balancer.js";
import { startLoad } from "./load.js";

describe("a rolling restart of two processes behind a load balancer", () => {
  let processes: ServerProcesses;
  let balancer: Balancer;

  beforeAll(async () => {
    processes = await serverProcesses();
  });

  afterAll(async () => {
    await balancer.stop();
    await processes.cleanUp();
  });

  test("fails no request and loses no client", async () => {
    const ports = [String(await freePort()), String(await freePort())];
    const startAt = (port: string) => processes.start({ PORT: port, DRAIN_SECONDS: "2" });
    const servers = await Promise.all(ports.map(startAt));
    balancer = await startBalancer(servers.map(({ url }) => url));
    await balancer.waitForReady(2);
    const { operator, anonymous } = createClients(balancer.url);
    const created: (ClientView & Credentials)[] = [await createClient(operator)];
    const newest = () => created.at(-1) as Credentials;
    const tokens = startLoad(4, () => issueToken(anonymous, newest()));
    const creations = startLoad(2, async () => created.push(await createClient(operator)));
    await Promise.all([tokens.waitForAnswers(20), creations.waitForAnswers(20)]);
    for (const [index, port] of ports.entries()) {
      const old = servers[index];
      expect(await old?.end("SIGTERM")).toBe(0);
      await Promise.all([balancer.waitForReady(1), tokens.waitForAnswers(20)]);
      servers[index] = await startAt(port);
      await balancer.waitForReady(2);
      await Promise.all([tokens.waitForAnswers(20), creations.waitForAnswers(20)]);
    }
    await Promise.all([tokens.stop(), creations.stop()]);
    expect([...tokens.failures, ...creations.failures]).toEqual([]);
    const { clients } = await operator.request("{ clients { totalCount } }");
    expect(clients.totalCount).toBe(created.length);
    for (const server of servers) expect(await server.end("SIGTERM")).toBe(0);
  });
});
