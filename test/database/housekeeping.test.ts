import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { FastifyBaseLogger } from "fastify";
import { startHousekeeping } from "../../src/housekeeping.js";
import { IdempotencyKey } from "../../src/persistence/idempotency-key.entity.js";
import { RateLimitCounter } from "../../src/rate-limit/rate-limit-counter.entity.js";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import { createClient, tokenFailure } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("housekeeping", () => {
  let server: TestServer;
  let sweep: () => Promise<void>;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    server = await startTestServer();
    const log = { error: () => {} } as unknown as FastifyBaseLogger;
    ({ sweep, stop } = startHousekeeping(server.services, server.clock, log));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await stop();
    await server.stop();
  });

  const counters = () => server.services.unitOfWork.read.find(RateLimitCounter);
  const idempotencyKeys = () => server.services.unitOfWork.read.find(IdempotencyKey);
  /** A wrong secret counts against the client and against the address. */
  const guess = (clientId: string) =>
    tokenFailure(server.anonymous, { clientId, clientSecret: "wrong" });

  test("deletes expired rows only", async () => {
    await createClient(server.operator, { idempotencyKey: "old" });
    await guess("client_0000000000000000000001");
    server.clock.advance(60 + MAX_CLOCK_DIFFERENCE_SECONDS);
    await guess("client_0000000000000000000002");
    await sweep();
    expect(await counters()).toHaveLength(2);
    expect(await idempotencyKeys()).toHaveLength(1);
    server.clock.advance(24 * 3600);
    await createClient(server.operator, { idempotencyKey: "new" });
    await sweep();
    expect(await counters()).toEqual([]);
    expect((await idempotencyKeys()).map(({ key }) => key)).toEqual(["new"]);
  });

  test("keeps a row that is renewed during the sweep", async () => {
    const clientId = "client_0000000000000000000003";
    await guess(clientId);
    server.clock.advance(60 + MAX_CLOCK_DIFFERENCE_SECONDS);
    const { unitOfWork } = server.services;
    jest.spyOn(unitOfWork, "write").mockImplementationOnce(async (work) => {
      jest.restoreAllMocks();
      await guess(clientId);
      return unitOfWork.write(work);
    });
    await sweep();
    expect((await counters()).map(({ count }) => count)).toEqual([1, 1]);
  });

  test("asks the network when the lock, which is a transaction, has been given back", async () => {
    const log = { error: () => {} } as unknown as FastifyBaseLogger;
    const events: string[] = [];
    const probes = { run: async () => void events.push("probe") };
    const lock = async (work: () => Promise<void>) => {
      events.push("lock");
      await work();
      events.push("unlock");
    };
    const tasks = jest.spyOn(globalThis, "setInterval");
    const { services, clock } = server;
    const housekeeping = startHousekeeping({ ...services, probes }, clock, log, lock);
    clock.advance(3600);
    for (const [run] of tasks.mock.calls) run();
    await housekeeping.stop();
    expect(events).toEqual(["lock", "unlock", "probe"]);
  });
});
