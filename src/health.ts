import { setTimeout } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Database } from "./database/open-database.js";
import type { Services } from "./services.js";
import type { ShutdownState } from "./shutdown-state.js";

/** A hanging database must fail the check before the probe itself times out. */
const READINESS_TIMEOUT_MS = 1_500;

/**
 * Mounts the health endpoints. `/healthz` reports that the process answers. `/readyz` reports that the
 * database answers too, the first project's signing key works, and the process is not shutting down.
 */
export function mountHealth(
  app: FastifyInstance,
  database: Database,
  services: Pick<Services, "projectStore" | "signingKeys">,
  shutdownState: ShutdownState,
): void {
  const succeedsWithin = (check: Promise<unknown>, timeout: Promise<boolean>) =>
    Promise.race([timeout, check.then(() => true)]).catch(() => false);
  const assertCanSign = async () => {
    const project = await services.projectStore.findDefault();
    if (project) await services.signingKeys.assertUsable(project);
  };
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const sendUnready = (status: string) => reply.code(503).send({ status });
    if (shutdownState.isUnready) return sendUnready("closing");
    const timeout = setTimeout(READINESS_TIMEOUT_MS, false, { ref: false });
    if (!(await succeedsWithin(database.ping(), timeout)))
      return sendUnready("database unavailable");
    if (!(await succeedsWithin(assertCanSign(), timeout)))
      return sendUnready("signing key unavailable");
    return { status: "ready" };
  });
}
