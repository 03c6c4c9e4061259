import { setTimeout } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION,
  READ_TIMEOUT_MS,
  START_WITHOUT_TIMEOUTS,
} from "./postgres-options.js";
import { startProblem, toPostgresStartError, unknownProblem } from "./postgres-start-errors.js";
import { postgresConnection, prefersTls, withSslMode } from "./postgres-url.js";

/** Pauses between attempts to connect at startup, half a minute in all. */
const CONNECT_RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

/** Arbitrary advisory lock keys that other users of the same database are unlikely to choose. */
const STARTUP_LOCK = 6_021_987_341;
const HOUSEKEEPING_LOCK = 6_021_987_342;
const LOCK_POLL_MS = 100;

type OnProgress = (message: string) => void;

/**
 * Waits until the server accepts connections and changes.
 * @param onProgress receives a message for the operator before each wait
 * @returns the URL to use: without TLS if it only prefers TLS and the server offers none
 */
export async function waitForPostgres(url: string, onProgress: OnProgress): Promise<string> {
  const offersTls = async () => {
    try {
      await assertUsable(url);
      return true;
    } catch (error) {
      if (prefersTls(url) && NO_TLS.test((error as Error).message)) return false;
      throw error;
    }
  };
  return (await retry(offersTls, onProgress)) ? url : withSslMode(url, "disable");
}

/** SQLSTATE of changes on a replica. */
const READ_ONLY = "25006";
/** Message of pg. */
const NO_TLS = /^The server does not support SSL connections/;

/**
 * Runs `work` while no other process that starts on the same database runs its own. The lock belongs to a
 * transaction, which a pooler keeps on one connection (ADR 0024), and ends with it.
 * @param onProgress receives a message for the operator before each wait
 */
export async function withStartupLock<T>(
  url: string,
  onProgress: OnProgress,
  work: () => Promise<T>,
): Promise<T> {
  const connection = await retry(() => connect(url), onProgress);
  try {
    while (!(await tryLock(connection, STARTUP_LOCK))) {
      // A transaction that waited for the lock would keep a connection of a pooler, which its holder needs.
      await connection.query("ROLLBACK");
      await setTimeout(LOCK_POLL_MS);
    }
    return await work();
  } finally {
    // Not awaited: a server that hangs never confirms the end.
    void connection.end();
  }
}

/** Runs `work` unless another process holds the housekeeping lock, which has a connection of its own. */
export async function withHousekeepingLock(url: string, work: () => Promise<void>): Promise<void> {
  const connection = await connect(url, { query_timeout: READ_TIMEOUT_MS });
  try {
    if (await tryLock(connection, HOUSEKEEPING_LOCK)) await work();
  } finally {
    void connection.end();
  }
}

/** Starts a transaction that holds the lock until it ends, unless another one holds it. */
async function tryLock(connection: Client, key: number): Promise<boolean> {
  await connection.query(START_WITHOUT_TIMEOUTS);
  const { rows } = await connection.query<{ locked: boolean }>(
    "SELECT pg_try_advisory_xact_lock($1) AS locked",
    [key],
  );
  return rows[0]?.locked === true;
}

/** Repeats an attempt to connect while the server may still be starting, but not when it rejects the user. */
async function retry<T>(attempt: () => Promise<T>, onProgress: OnProgress): Promise<T> {
  for (const delay of CONNECT_RETRY_DELAYS_MS) {
    try {
      return await attempt();
    } catch (error) {
      const problem = startProblem(error);
      if (!problem?.isTransient) throw asStartError(error);
      onProgress(`${problem.sentence}; trying again`);
      await setTimeout(delay);
    }
  }
  return attempt().catch((error: unknown) => {
    throw asStartError(error);
  });
}

/** An error of pg without a code may contain a value, unlike one for the operator. */
function asStartError(error: unknown): unknown {
  if (startProblem(error)) return toPostgresStartError(error);
  const isForOperator = error instanceof Error && error.message.startsWith("DATABASE_URL: ");
  return isForOperator ? error : new Error(unknownProblem(error).sentence, { cause: error });
}

/** The first version with gen_random_uuid(), which the migrations use. */
const MINIMUM_MAJOR_VERSION = 13;

/** A replica would accept connections and reads, and an old version those migrations that it knows. */
async function assertUsable(url: string): Promise<void> {
  const connection = await connect(url, { query_timeout: READ_TIMEOUT_MS });
  try {
    const { rows } = await connection.query<{ is_replica: boolean; version: number }>(
      "SELECT pg_is_in_recovery() AS is_replica, current_setting('server_version_num')::int AS version",
    );
    const { is_replica: isReplica = false, version = 0 } = rows[0] ?? {};
    const majorVersion = Math.floor(version / 10_000);
    if (majorVersion < MINIMUM_MAJOR_VERSION) {
      throw new Error(
        `DATABASE_URL: the server is PostgreSQL ${majorVersion}: use PostgreSQL ${MINIMUM_MAJOR_VERSION} or newer`,
      );
    }
    if (!isReplica) return;
    throw Object.assign(new Error("the database is a replica"), { code: READ_ONLY });
  } finally {
    void connection.end();
  }
}

async function connect(url: string, settings: ClientConfig = {}): Promise<Client> {
  const client = new Client({
    ...CONNECTION,
    ...settings,
    ...postgresConnection(url),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => undefined);
  await client.connect().catch((error: unknown) => {
    void client.end();
    throw error;
  });
  return client;
}
