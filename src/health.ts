import type { FastifyInstance } from "fastify";
import type { Database } from "./database/data-source.js";

/** `/healthz`: the process answers. `/readyz`: so does the database, and it is not shutting down. */
export function mountHealth(app: FastifyInstance, database: Database): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const answers = await database.ping().then(
      () => true,
      () => false,
    );
    if (answers && !closing) return { status: "ready" };
    return reply.code(503).send({ status: closing ? "closing" : "database unavailable" });
  });
}
