import type { Clock } from "../../src/shared/clock.js";
import type { SecondInstance, TestServer } from "./test-server.js";

export type OtherServer = Omit<SecondInstance, "stop">;

/** Runs work on another server of the same database, with a clock of its own. */
export interface Elsewhere {
  run<T>(work: (other: OtherServer) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/**
 * On PostgreSQL both servers run at the same time. An SQLite file serves one process, so that there the
 * server restarts with the other clock for the work, and with its own one afterwards.
 */
export async function elsewhere(server: TestServer, clock: Clock): Promise<Elsewhere> {
  const second = await server.secondInstance({ clock });
  if (second) return { run: (work) => work(second), stop: () => second.stop() };
  return {
    run: async (work) => {
      await server.restart({ clock });
      const { url, projectId, operator, anonymous, services } = server;
      try {
        return await work({ url, projectId, operator, anonymous, services, clock });
      } finally {
        await server.restart({ clock: server.clock });
      }
    },
    stop: async () => {},
  };
}
