import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { type BootstrapOptions, bootstrap, type FirstProject } from "./bootstrap.js";
import { type DatabaseLocation, openDatabase } from "./database/data-source.js";
import { startHousekeeping } from "./housekeeping.js";
import { createServer } from "./server.js";
import { createServices, type ServiceOptions, type Services } from "./services.js";
import { MasterKeyRing } from "./shared/master-key.js";
import { ShutdownState } from "./shutdown-state.js";

/** Answers in flight may take so long; then their connections are cut. */
const CLOSE_GRACE_MS = 10_000;

export interface ApplicationOptions
  extends BootstrapOptions,
    Omit<ServiceOptions, "database" | "masterKeys"> {
  host: string;
  port: number;
  database: DatabaseLocation;
  masterKeys: readonly [Uint8Array, ...Uint8Array[]];
  logLevel: string;
  trustedProxies: readonly string[];
  logStream?: { write(line: string): void };
  /** Told of what the start waits for, which is before there is a log. */
  onStartupProgress?: (sentence: string) => void;
}

export interface Application {
  app: FastifyInstance;
  services: Services;
  /** Present when this start created the first project. */
  firstProject: FirstProject | null;
  /**
   * Goes on serving for so long, and takes leave with each answer.
   * @param options.replacedByNewWorker another process serves at the same address already, which stays ready
   */
  drain(seconds: number, options?: { replacedByNewWorker: boolean }): Promise<void>;
  /** Answers what is in flight, writes what is pending, and lets go of everything. */
  close(): Promise<void>;
}

/** Opens the database, makes the first project if there is none, and listens. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const database = await openDatabase(options.database, options.onStartupProgress ?? (() => {}));
  const services = createServices({
    ...options,
    database,
    masterKeys: new MasterKeyRing(options.masterKeys),
  });
  const shutdownState = new ShutdownState();
  const app = await createServer({ ...options, services, database, shutdownState });
  const housekeeping = startHousekeeping(
    services,
    options.clock,
    app.log,
    database.withHousekeepingLock,
  );
  const drain: Application["drain"] = async (seconds, drainOptions) => {
    shutdownState.startDraining(drainOptions);
    await sleep(seconds * 1000);
  };
  const close = async () => {
    const forceCloseTimer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
    await app.close();
    clearTimeout(forceCloseTimer);
    await housekeeping.stop();
    await services.slowHasher.close();
    await database.close();
  };
  let firstProject: FirstProject | null = null;
  try {
    firstProject = await database.withStartupLock(() => bootstrap(services, options, app.log));
    await services.keyRotation.rewrap();
    if (!(await database.hasNameIndex())) {
      app.log.warn("PostgreSQL has no index client_name_trigrams: searches by name read all names");
    }
    await app.listen({ host: options.host, port: options.port });
    return { app, services, firstProject, drain, close };
  } catch (error) {
    const { projectId, generatedSecret } = firstProject ?? {};
    if (generatedSecret) {
      // The next start finds the project, and nobody would ever know.
      const credentials = `project id ${projectId}, management secret ${generatedSecret}`;
      options.onStartupProgress?.(
        `The first project has been made (shown once, keep it): ${credentials}`,
      );
    }
    await close();
    throw error;
  }
}
