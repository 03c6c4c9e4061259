import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type Credentials,
  createClient,
  IMPORT_CLIENT,
  issueToken,
} from "../support/operations.js";
import { type ServerProcess, serverProcesses } from "../support/server-process.js";
import { waitUntil } from "../support/wait-until.js";

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

  /** Creates clients until the server is killed, and records the acknowledged ones. */
  const createUntilKilled = async (
    { operator }: ServerProcess,
    acknowledged: Credentials[],
    isKilled: () => boolean,
  ) => {
    for (;;) {
      try {
        acknowledged.push(await createClient(operator));
      } catch (error) {
        if (isKilled()) return;
        throw error;
      }
    }
  };

  test("keeps every acknowledged client when it is killed", async () => {
    const acknowledged: Credentials[] = [];
    for (let round = 0; round < 2; round++) {
      const server = await processes.start();
      const before = acknowledged.length;
      let isKilled = false;
      const writers = Promise.all(
        Array.from({ length: WRITERS }, () =>
          createUntilKilled(server, acknowledged, () => isKilled),
        ),
      );
      const isEnough = () => acknowledged.length >= before + ENOUGH;
      await Promise.race([waitUntil(isEnough), writers]);
      isKilled = true;
      await server.end("SIGKILL");
      await writers;
    }
    const server = await processes.start();
    const tokens = await Promise.all(
      acknowledged.map((client) => issueToken(server.anonymous, client)),
    );
    expect(tokens).toHaveLength(acknowledged.length);
    const { clients } = await server.operator.request("{ clients { totalCount } }");
    // A creation in progress when the process was killed may be stored without being acknowledged.
    expect(clients.totalCount - acknowledged.length).toBeGreaterThanOrEqual(0);
    expect(clients.totalCount - acknowledged.length).toBeLessThanOrEqual(2 * WRITERS);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("answers requests in progress before it stops", async () => {
    const server = await processes.start();
    // A single thread computes the hashes in sequence, so most are in progress when the signal arrives.
    const imports = Array.from({ length: 4 }, (_, index) => ({
      clientId: `in-flight-${index}`,
      clientSecret: `correct horse battery staple ${index}`,
    }));
    let answered = 0;
    const answers = imports.map(async (input) => {
      const answer = await server.operator.send(IMPORT_CLIENT, { input });
      answered++;
      return answer;
    });
    await Promise.race(answers);
    const answeredBefore = answered;
    expect(await server.end("SIGTERM")).toBe(0);
    expect(answeredBefore).toBeLessThan(imports.length);
    for (const { status, errors } of await Promise.all(answers)) {
      expect([status, errors]).toEqual([200, []]);
    }
    const next = await processes.start();
    for (const client of imports) await issueToken(next.anonymous, client);
    expect(await next.end("SIGTERM")).toBe(0);
  });
});
