import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sendTo } from "../oauth/oauth-operations.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import {
  repeated,
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { startLoad } from "./load.js";

/** Signals in quicker succession count as one. */
const LONGER_THAN_DEBOUNCE_MS = 300;

describe("a server with two workers", () => {
  let processes: ServerProcesses;
  let server: ServerProcess;
  let secret: string;
  let operator: GraphqlClient;
  let client: ClientView & Credentials;

  /** The master key and the first project's secret are generated. */
  const settings = { WORKERS: "2", MASTER_KEY: "", BOOTSTRAP_PROJECT_SECRET: "" };

  beforeAll(async () => {
    processes = await serverProcesses();
    server = await processes.start(settings);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  const operatorOf = ({ url, projectId }: ServerProcess) =>
    new GraphqlClient(url, basicAuthorization(projectId, secret));
  /** Process ids of all workers that have listened so far, oldest first. */
  const workers = () =>
    server
      .log()
      .filter(({ msg }) => msg.startsWith("Server listening"))
      .map(({ pid }) => pid);
  const isRunning = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const startTokenLoad = () => startLoad(4, () => issueToken(server.anonymous, client));

  test("prints one banner, and keeps the secret out of it and of the log", async () => {
    const [banner, ...others] = server.output().match(/Countersign listens on/g) ?? [];
    expect([banner, others]).toEqual(["Countersign listens on", []]);
    expect(server.output()).not.toContain("cmk_");
    secret = readFileSync(`${processes.dataDir}/management-secret`, "utf8").trim();
    operator = operatorOf(server);
    client = await createClient(operator);
  });

  test("answers with both workers", async () => {
    for (let request = 0; request < 10; request++) await sendTo(server, "localhost", "/healthz");
    await server.written(repeated(/"route":"\/healthz"/, 10));
    const served = server.log().filter(({ route }) => route === "/healthz");
    expect(new Set(served.map(({ pid }) => pid))).toEqual(new Set(workers()));
    expect(workers()).toHaveLength(2);
    expect(workers()).not.toContain(server.pid);
  });

  test("replaces a worker that is killed under load", async () => {
    const load = startTokenLoad();
    await load.waitForAnswers(50);
    const [killed = 0] = workers();
    process.kill(killed, "SIGKILL");
    await server.written(new RegExp(`"worker":${killed},"how":"SIGKILL"`));
    // Only requests that the killed worker was answering fail.
    await load.waitForAnswers(50);
    const lost = load.failures.length;
    expect(lost).toBeLessThanOrEqual(8);
    await server.written(/(?:Server listening at[\s\S]*){3}/);
    await load.waitForAnswers(50);
    await load.stop();
    expect(load.failures).toHaveLength(lost);
    expect(workers().map(isRunning)).toEqual([false, true, true]);
  });

  test("reloads under load without a failed request", async () => {
    const created: Credentials[] = [];
    const tokens = startTokenLoad();
    const creations = startLoad(1, async () => created.push(await createClient(operator)));
    await tokens.waitForAnswers(50);
    const old = workers().filter(isRunning);
    process.kill(server.pid, "SIGHUP");
    for (const pid of old) {
      await server.written(new RegExp(`"worker":${pid},"msg":"a replaced worker exited"`));
    }
    await Promise.all([tokens.waitForAnswers(50), creations.waitForAnswers(5)]);
    await Promise.all([tokens.stop(), creations.stop()]);
    expect([...tokens.failures, ...creations.failures]).toEqual([]);
    await server.written(/"reloaded"/);
    await server.written(repeated(/Server listening at/, 5));
    expect(workers().map(isRunning)).toEqual([false, false, false, true, true]);
    const { clients } = await operator.request("{ clients { totalCount } }");
    expect(clients.totalCount).toBe(created.length + 1);
  });

  test("stops with all of its workers on SIGTERM", async () => {
    expect(await server.end("SIGTERM")).toBe(0);
    expect(workers().map(isRunning)).not.toContain(true);
  });

  test("drains with all of its workers, and exits at once after another signal", async () => {
    server = await processes.start({ ...settings, DRAIN_SECONDS: "600" });
    process.kill(server.pid, "SIGTERM");
    // Connections alternate between the workers, so two requests reach both.
    const readiness = async () => [await ready(), await ready()];
    const ready = async () => (await sendTo(server, "localhost", "/readyz")).status;
    while ((await readiness()).includes(200));
    await createClient(operatorOf(server));
    await setTimeout(LONGER_THAN_DEBOUNCE_MS);
    expect(await server.end("SIGTERM")).toBe(1);
  });

  test("stops its workers when it is killed", async () => {
    server = await processes.start(settings);
    expect(workers().map(isRunning)).toEqual([true, true]);
    // This resolves once no process holds the outputs, so the workers have ended too.
    await server.end("SIGKILL");
    await expect(server.anonymous.send("{ __typename }")).rejects.toThrow("fetch failed");
  });
});
