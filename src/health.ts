import { setTimeout } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Database } from "./database/open-database.js";
import type { Services } from "./services.js";
import { InternalError } from "./shared/internal-error.js";
import { logError } from "./shared/log-error.js";
import type { ShutdownState } from "./shutdown-state.js";

export const HEALTH_PATHS: readonly string[] = ["/healthz", "/readyz"];

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
  const assertCanSign = async () => {
    const project = await services.projectStore.findDefault();
    if (project) await services.signingKeys.assertUsable(project);
  };
  let loggedStatus = "ready";
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    if (shutdownState.isUnready) return reply.code(503).send({ status: "closing" });
    let status = "database unavailable";
    const work = async () => {
      await database.ping();
      status = "signing key unavailable";
      await assertCanSign();
      status = "ready";
    };
    const timeout = setTimeout(READINESS_TIMEOUT_MS, null, { ref: false }).then(() => {
      throw new InternalError("the readiness check took too long");
    });
    try {
      await Promise.race([work(), timeout]);
    } catch (error) {
      // Once, and not with each probe.
      if (loggedStatus !== status) logError(app.log, error, { readiness: status });
    }
    loggedStatus = status;
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
}
