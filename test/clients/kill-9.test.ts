import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type Credentials,
  createClient,
  IMPORT_CLIENT,
  issueToken,
} from "../support/operations.js";
import { type ServerProcess, serverProcesses } from "../support/server-process.js";

const WRITERS = 4;
const ENOUGH = 50;

describe("a server process", () => {
  let processes: Awaited<ReturnType<typeof serverProcesses>>;

  beforeAll(async () => {
    processes = await serverProcesses();
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  /** Creates clients until the server is gone, and remembers those that it acknowledged. */
  const createUntilTheEnd = async ({ operator }: ServerProcess, acknowledged: Credentials[]) => {
    for (;;) {
      try {
        acknowledged.push(await createClient(operator));
      } catch {
        return;
      }
    }
  };

  test("that is killed loses no client that it acknowledged", async () => {
    const acknowledged: Credentials[] = [];
    for (let round = 0; round < 2; round++) {
      const server = await processes.start();
      const before = acknowledged.length;
      const writers = Array.from({ length: WRITERS }, () =>
        createUntilTheEnd(server, acknowledged),
      );
      while (acknowledged.length < before + ENOUGH) await sleep(5);
      await server.end("SIGKILL");
      await Promise.all(writers);
    }
    const server = await processes.start();
    const tokens = await Promise.all(
      acknowledged.map((client) => issueToken(server.anybody, client)),
    );
    expect(tokens).toHaveLength(acknowledged.length);
    const { clients } = await server.operator.request("{ clients { totalCount } }");
    // what was under way when it died may exist without having been acknowledged
    expect(clients.totalCount - acknowledged.length).toBeGreaterThanOrEqual(0);
    expect(clients.totalCount - acknowledged.length).toBeLessThanOrEqual(2 * WRITERS);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("that is asked to stop answers what is in flight first, and ends well", async () => {
    const server = await processes.start();
    // each waits for a slow hash, so that most are under way when the signal comes
    const imports = Array.from({ length: 20 }, (_, index) => ({
      clientId: `in-flight-${index}`,
      clientSecret: `correct horse battery staple ${index}`,
    }));
    let answered = 0;
    const answers = imports.map(async (input) => {
      const answer = await server.operator.send(IMPORT_CLIENT, { input });
      answered++;
      return answer;
    });
    while (answered === 0) await sleep(5);
    const answeredBefore = answered;
    expect(await server.end("SIGTERM")).toBe(0);
    expect(answeredBefore).toBeLessThan(imports.length);
    for (const { status, errors } of await Promise.all(answers)) {
      expect([status, errors]).toEqual([200, []]);
    }
    const next = await processes.start();
    for (const client of imports) await issueToken(next.anybody, client);
    expect(await next.end("SIGTERM")).toBe(0);
  });
});
