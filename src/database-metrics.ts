import { setTimeout as sleep } from "node:timers/promises";
import { Gauge } from "prom-client";
import { IsNull, MoreThan, Not } from "typeorm";
import { ClientSecret } from "./clients/client-secret.entity.js";
import type { Connections, Database } from "./database/open-database.js";
import type { Metrics } from "./metrics/metrics.js";
import { ManagementKey } from "./projects/management-key.entity.js";
import type { Clock } from "./shared/clock.js";
import { InternalError } from "./shared/internal-error.js";
import { SigningKey } from "./signing-keys/signing-key.entity.js";

/** Prometheus gives up after 10 seconds, and would then see no metric at all. */
const TIMEOUT_MS = 2_000;

const NO_CONNECTIONS: Connections = { used: 0, idle: 0, waiting: 0, max: 0 };

type ToMeasure = Pick<Database, "unitOfWork" | "ping" | "connections">;

/** Adds what the database tells when Prometheus asks: whether it answers, its connections, what ends soon. */
export function measureDatabase(
  { ofProcess, ofDatabase }: Metrics,
  database: ToMeasure,
  clock: Clock,
): void {
  if (database.connections()) {
    // A process that ends reports its counts after it has closed the database.
    measureConnections(ofProcess, () => database.connections() ?? NO_CONNECTIONS);
  }
  const registers = [ofDatabase];
  const duration = new Gauge({
    name: "countersign_database_ping_seconds",
    help: "How long the database took for an empty query.",
    registers,
  });
  new Gauge({
    name: "countersign_database_up",
    help: "1 if the database answers within two seconds, else 0.",
    registers,
    async collect() {
      const startedAt = performance.now();
      const isUp = await inTime(database.ping()).then(
        () => true,
        () => false,
      );
      duration.set((performance.now() - startedAt) / 1000);
      this.set(Number(isUp));
    },
  });
  const moments: [name: string, help: string, read: () => Promise<Date | null | undefined>][] = [
    [
      "countersign_signing_key_activated_timestamp_seconds",
      "Since when the oldest key that signs does so.",
      async () => {
        const [key] = await database.unitOfWork.read.find(SigningKey, {
          select: { kid: true, activatedAt: true },
          where: { status: "CURRENT", activatedAt: Not(IsNull()) },
          order: { activatedAt: "ASC" },
          take: 1,
        });
        return key?.activatedAt;
      },
    ],
    [
      "countersign_client_secret_expiry_timestamp_seconds",
      "When the next current secret of a client ends.",
      async () => {
        const [secret] = await database.unitOfWork.read.find(ClientSecret, {
          select: { secretId: true, expiresAt: true },
          where: { status: "CURRENT", expiresAt: MoreThan(clock.now()) },
          order: { expiresAt: "ASC" },
          take: 1,
        });
        return secret?.expiresAt;
      },
    ],
    [
      "countersign_management_key_expiry_timestamp_seconds",
      "When the next management key ends.",
      async () => {
        const [key] = await database.unitOfWork.read.find(ManagementKey, {
          select: { managementKeyId: true, expiresAt: true },
          where: { expiresAt: MoreThan(clock.now()) },
          order: { expiresAt: "ASC" },
          take: 1,
        });
        return key?.expiresAt;
      },
    ],
  ];
  for (const [name, help, read] of moments) {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.remove();
        const moment = await inTime(read()).catch(() => null);
        if (moment) this.set(moment.getTime() / 1000);
      },
    });
  }
}

/** Named as in the OpenTelemetry conventions for database clients. */
function measureConnections(ofProcess: Metrics["ofProcess"], read: () => Connections): void {
  const registers = [ofProcess];
  new Gauge({
    name: "db_client_connection_count",
    help: "Connections to PostgreSQL, by state. The name is that of OpenTelemetry.",
    labelNames: ["db_client_connection_state"],
    registers,
    collect() {
      const { used, idle } = read();
      this.set({ db_client_connection_state: "used" }, used);
      this.set({ db_client_connection_state: "idle" }, idle);
    },
  });
  new Gauge({
    name: "db_client_connection_max",
    help: "Connections to PostgreSQL that there may be: DATABASE_POOL_SIZE of each process.",
    registers,
    collect() {
      this.set(read().max);
    },
  });
  new Gauge({
    name: "db_client_connection_pending_requests",
    help: "Units of work that wait for a connection to PostgreSQL.",
    registers,
    collect() {
      this.set(read().waiting);
    },
  });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const timeout = sleep(TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new InternalError("the database took too long");
  });
  return Promise.race([work, timeout]);
}
