import { expect } from "@jest/globals";
import type { FastifyBaseLogger } from "fastify";
import { startHousekeeping } from "../../src/housekeeping.js";
import type { Clock } from "../../src/shared/clock.js";
import type { TestServer } from "./test-server.js";

/** Deletes expired rows, as a running server does once a minute. */
export async function sweepExpired({
  services,
  clock,
}: Pick<TestServer, "services"> & { clock: Clock }): Promise<void> {
  const log = { error: (details: unknown) => expect(details).toBeUndefined() };
  const housekeeping = startHousekeeping(services, clock, log as unknown as FastifyBaseLogger);
  try {
    await housekeeping.sweep();
  } finally {
    await housekeeping.stop();
  }
}

/**
 * Writes the facts that requests did not wait for, as a running server does every five seconds.
 * @returns whether all were written
 */
export async function flushFacts({ services, clock }: TestServer): Promise<boolean> {
  let isWritten = true;
  const log = {
    error: () => {
      isWritten = false;
    },
  };
  const housekeeping = startHousekeeping(services, clock, log as unknown as FastifyBaseLogger);
  await housekeeping.flush();
  const result = isWritten;
  await housekeeping.stop();
  return result;
}
