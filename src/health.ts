import { setTimeout } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Database } from "./database/data-source.js";
import type { Departure } from "./departure.js";
import type { Services } from "./services.js";

/** Whoever asks has a time-out too, and a database that hangs is none. */
const READY_WITHIN_MS = 1_500;

/**
 * `/healthz`: the process answers. `/readyz`: so does the database, the first project's tokens can
 * be signed, and it is not shutting down.
 */
export function mountHealth(
  app: FastifyInstance,
  database: Database,
  services: Pick<Services, "projectStore" | "signingKeys">,
  departure: Departure,
): void {
  const holds = (check: Promise<unknown>, tooLate: Promise<boolean>) =>
    Promise.race([tooLate, check.then(() => true)]).catch(() => false);
  const canSign = async () => {
    const project = await services.projectStore.findDefault();
    if (project) await services.signingKeys.assertUsable(project);
  };
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const unready = (status: string) => reply.code(503).send({ status });
    if (departure.leavesAddress) return unready("closing");
    const tooLate = setTimeout(READY_WITHIN_MS, false, { ref: false });
    if (!(await holds(database.ping(), tooLate))) return unready("database unavailable");
    if (!(await holds(canSign(), tooLate))) return unready("signing key unavailable");
    return { status: "ready" };
  });
}
