import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { type BootstrapOptions, bootstrap, type FirstProject } from "./bootstrap.js";
import { type DatabaseLocation, openDatabase } from "./database/data-source.js";
import { Departure } from "./departure.js";
import { startHousekeeping } from "./housekeeping.js";
import { createServer } from "./server.js";
import { createServices, type ServiceOptions, type Services } from "./services.js";
import { MasterKeyRing } from "./shared/master-key.js";

/** Answers in flight may take so long; then their connections are cut. */
const CLOSE_GRACE_MS = 10_000;

export interface CountersignOptions
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
  report?: (sentence: string) => void;
}

export interface Countersign {
  app: FastifyInstance;
  services: Services;
  /** Present when this start created the first project. */
  firstProject: FirstProject | null;
  /**
   * Goes on serving for so long, and takes leave with each answer.
   * @param options.isReplaced another process serves at the same address already, which stays ready
   */
  drain(seconds: number, options?: { isReplaced: boolean }): Promise<void>;
  /** Answers what is in flight, writes what is pending, and lets go of everything. */
  close(): Promise<void>;
}

/** Opens the database, makes the first project if there is none, and listens. */
export async function startCountersign(options: CountersignOptions): Promise<Countersign> {
  const database = await openDatabase(options.database, options.report ?? (() => {}));
  const services = createServices({
    ...options,
    database,
    masterKeys: new MasterKeyRing(options.masterKeys),
  });
  const departure = new Departure();
  const app = await createServer({ ...options, services, database, departure });
  const housekeeping = startHousekeeping(services, options.clock, app.log, database.inOneProcess);
  const drain: Countersign["drain"] = async (seconds, how) => {
    departure.begin(how);
    await sleep(seconds * 1000);
  };
  const close = async () => {
    const giveUp = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
    await app.close();
    clearTimeout(giveUp);
    await housekeeping.stop();
    await services.slowHasher.close();
    await database.close();
  };
  let firstProject: FirstProject | null = null;
  try {
    firstProject = await database.alone(() => bootstrap(services, options, app.log));
    await services.keyRotation.reseal();
    if (!(await database.hasNameIndex())) {
      app.log.warn("PostgreSQL has no index client_name_trigrams: searches by name read all names");
    }
    await app.listen({ host: options.host, port: options.port });
    return { app, services, firstProject, drain, close };
  } catch (error) {
    const { projectId, generatedSecret } = firstProject ?? {};
    if (generatedSecret) {
      // The next start finds the project, and nobody would ever know.
      const made = `project id ${projectId}, management secret ${generatedSecret}`;
      options.report?.(`The first project has been made (shown once, keep it): ${made}`);
    }
    await close();
    throw error;
  }
}
