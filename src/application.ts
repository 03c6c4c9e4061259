import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { DatabaseLocation } from "./database/data-source.js";
import { type Database, openDatabase, toStartError } from "./database/open-database.js";
import { measureDatabase } from "./database-metrics.js";
import { type BootstrapOptions, bootstrap, type FirstProject } from "./first-project.js";
import type { ExplorerOptions } from "./graphql/explorer.js";
import { startHousekeeping } from "./housekeeping.js";
import type { ConnectionLimits } from "./http/connection-limits.js";
import { TlsCertificate } from "./http/tls-certificate.js";
import type { TlsFiles } from "./http/tls-files.js";
import { proxyProblem } from "./key-sets/proxy-environment.js";
import { toListenError } from "./listen-problems.js";
import { findInvalidTemplates } from "./projects/invalid-templates.js";
import { createServer } from "./server.js";
import { createServices, type ServiceOptions, type Services } from "./services.js";
import { MasterKeyRing } from "./shared/master-key.js";
import { flushSpans } from "./shared/tracing.js";
import { ShutdownState } from "./shutdown-state.js";

/** Time for requests in flight. Afterwards their connections are cut. */
const CLOSE_GRACE_MS = 10_000;

export interface ApplicationOptions
  extends BootstrapOptions,
    ExplorerOptions,
    Omit<ServiceOptions, "database" | "masterKeys"> {
  host: string;
  port: number;
  database: DatabaseLocation;
  masterKeys: readonly [Uint8Array, ...Uint8Array[]];
  logLevel: string;
  /** Web origins whose pages may call `/graphql` with a Bearer token; none if absent. */
  allowedOrigins?: readonly string[];
  trustedProxies: readonly string[];
  connectionLimits?: Partial<ConnectionLimits>;
  /** Absent: the server speaks http. */
  tls?: TlsFiles | undefined;
  /** Days that audit events of issued tokens and of members stay. */
  activityRetentionDays?: number;
  logStream?: { write(line: string): void };
  /** Receives messages for the operator during startup, before there is a log. */
  onStartupProgress?: (message: string) => void;
}

export interface Application {
  app: FastifyInstance;
  services: Services;
  /** Not null if this start created the first project. */
  firstProject: FirstProject | null;
  /**
   * Serves requests for `seconds` more while load balancers and clients move elsewhere: see ShutdownState.
   * @param options.replacedByNewWorker a new worker serves the same address, so `/readyz` stays ready
   */
  drain(seconds: number, options?: { replacedByNewWorker: boolean }): Promise<void>;
  /** Answers the requests in flight, writes pending facts, and releases all resources. */
  close(): Promise<void>;
}

/** Opens the database, creates the first project if there is none, and listens. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const tlsCertificate = options.tls && new TlsCertificate(options.tls);
  const database = await openDatabase(options.database, options.onStartupProgress ?? (() => {}));
  try {
    const application = await serve(database, { ...options, tlsCertificate });
    const close = async () => {
      await application.close();
      await database.close();
    };
    return { ...application, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Serves an open database, which the caller closes. */
async function serve(
  database: Database,
  options: ApplicationOptions & { tlsCertificate: TlsCertificate | undefined },
): Promise<Application> {
  const services = createServices({
    ...options,
    database,
    masterKeys: new MasterKeyRing(options.masterKeys),
  });
  measureDatabase(services.metrics, database, options.clock);
  const shutdownState = new ShutdownState();
  const app = await createServer({ ...options, services, database, shutdownState }).catch(
    async (error: unknown) => {
      await services.slowHasher.close();
      throw error;
    },
  );
  const problemOfProxy = proxyProblem(options.proxyEnvironment);
  if (problemOfProxy !== null) app.log.warn(problemOfProxy);
  const housekeeping = startHousekeeping(
    services,
    options.clock,
    app.log,
    database.withHousekeepingLock,
    options.activityRetentionDays,
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
    await flushSpans();
    await services.slowHasher.close();
  };
  let firstProject: FirstProject | null = null;
  const prepareDatabase = async () => {
    firstProject = await database.withStartupLock(() => bootstrap(services, options, app.log));
    // Else a copy of the file alone would have no project, and a start on it would create another one.
    if (firstProject) database.checkpoint();
    await services.keyRotation.rewrap();
    for (const invalid of await findInvalidTemplates(database.unitOfWork)) {
      app.log.warn(
        invalid,
        "this version cannot parse a template: its tokens fail until it is set again",
      );
    }
    if (!(await database.hasNameIndex())) {
      app.log.warn("the index client_name_trigrams is missing: searches by name read every name");
    }
    return firstProject;
  };
  try {
    firstProject = await prepareDatabase().catch((error: unknown) => {
      throw toStartError(options.database, error);
    });
    await app.listen({ host: options.host, port: options.port }).catch((error: unknown) => {
      throw toListenError(error, options);
    });
    return { app, services, firstProject, drain, close };
  } catch (error) {
    const { projectId, generatedSecret, secretFile } =
      firstProject ?? ({} as Partial<FirstProject>);
    if (generatedSecret) {
      // The next start finds the project and does not print the secret.
      options.onStartupProgress?.(
        `Created the first project: project id ${projectId}, management secret ` +
          (secretFile ? `in ${secretFile}` : `${generatedSecret} (shown only once: keep it)`),
      );
    }
    await close();
    throw error;
  }
}
