import { finding, type HostCheck } from "../host-check.js";

const NEAR = 0.85;

export const postgresConnections: HostCheck = {
  id: "postgres-connections",
  level: "WARNING",
  what: "PostgreSQL has hardly any connections left",
  why: "Requests that get no connection are answered with 503, and a start or a backup finds none.",
  whatToDo: "Lower DATABASE_POOL_SIZE or WORKERS, raise max_connections, or use a pooler.",
  docs: "operations/postgresql.md",
  find: async ({ config, read }) => {
    if (config.databaseUrl === undefined) return [];
    const [row] = await read.query(
      `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
        current_setting('max_connections')::int
          - current_setting('superuser_reserved_connections')::int AS available`,
    );
    const { used, available } = row as { used: number; available: number };
    const wanted = config.databasePoolSize * config.workers;
    if (used > available * NEAR) {
      return [finding("PostgreSQL", `has ${used} of ${available} connections in use`)];
    }
    return wanted > available
      ? [
          finding(
            "DATABASE_POOL_SIZE",
            `times WORKERS is ${wanted}, and PostgreSQL has ${available} connections`,
          ),
        ]
      : [];
  },
};
