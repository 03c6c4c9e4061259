import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase, type ClientConfig } from "pg";
import type { DataSourceOptions } from "typeorm";
import { transientErrorCode } from "../persistence/database-errors.js";

/** For a free connection of the pool, or for a new one. */
const CONNECT_TIMEOUT_MS = 4_000;
/**
 * Between two bursts a connection stays: to make one takes 50 ms or so, and whoever it was made for waits for
 * it, though others have become free.
 */
const IDLE_TIMEOUT_MS = 5 * 60_000;
/** Reads of ours take milliseconds; what takes so long is not slow, but gone. */
const READ_TIMEOUT_MS = 5_000;
/** A change may touch many rows, such as all the sessions of an organization. */
const STATEMENT_TIMEOUT_MS = 8_000;
/** PostgreSQL ends a long statement itself, as long as it is there to do so. */
const CHANGE_TIMEOUT_MS = 10_000;
/** Locks of a process that has vanished in the middle of a transaction; ours never wait within one. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** Between the attempts to reach a server that is not there yet: half a minute in all. */
const CONNECT_RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

/** Numbers that nobody else uses for an advisory lock in the same database. */
const STARTUP_LOCK = 6_021_987_341;
const HOUSEKEEPING_LOCK = 6_021_987_342;

const CONNECTION = {
  // Firewalls forget connections that are silent for long, some after four minutes.
  keepAlive: true,
  keepAliveInitialDelayMillis: 60_000,
  // unless the URL or PGAPPNAME says another one
  fallback_application_name: "countersign",
} satisfies ClientConfig;

export function poolOptions(url: string, poolSize: number | undefined): DataSourceOptions {
  return {
    type: "postgres",
    url,
    parseInt8: true,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    ...(poolSize !== undefined && { poolSize }),
    extra: {
      ...CONNECTION,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: READ_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      onConnect: enforceQueryTimeout,
    },
  };
}

/** One connection that takes as long as it needs: migrations of large tables do. */
export function migrationOptions(url: string): DataSourceOptions {
  return {
    type: "postgres",
    url,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 1,
    extra: { ...CONNECTION, onConnect: liftTimeouts },
  };
}

/** The role or the database may have timeouts of their own. */
async function liftTimeouts(client: ClientBase): Promise<void> {
  await client.query("SET statement_timeout = 0");
  await client.query("SET idle_in_transaction_session_timeout = 0");
}

/**
 * After its time-out pg leaves a connection as it is, and TypeORM gives it back to the pool: with the
 * statement under way, in a transaction that the next unit of work may join and commit. So it is closed.
 */
function enforceQueryTimeout(client: ClientBase): void {
  // Between pg-pool and TypeORM nobody listens for a moment; an error then would end the process.
  client.on("error", () => undefined);
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  const ask = async (text: string, values: unknown) => {
    const isChange = client.getTransactionStatus() === "T";
    const query_timeout = isChange ? CHANGE_TIMEOUT_MS : READ_TIMEOUT_MS;
    try {
      return await send({ text, values, query_timeout });
    } catch (error) {
      if (transientErrorCode(error) === "Query read timeout") void (client as Client).end();
      throw error;
    }
  };
  // TypeORM asks by text; prepared reads ask through the pool, which closes what has failed.
  client.query = ((first: unknown, ...rest: unknown[]) =>
    typeof first === "string" ? ask(first, rest[0]) : send(first, ...rest)) as typeof client.query;
}

/**
 * Does this while no other process that starts on the same database does it. The lock has a
 * connection of its own, with which it ends, however that happens.
 * @param onProgress is told of what is waited for
 */
export async function withAdvisoryLock<T>(
  url: string,
  onProgress: (sentence: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await connectWithRetry(url, onProgress);
  try {
    await liftTimeouts(lock);
    await lock.query("SELECT pg_advisory_lock($1)", [STARTUP_LOCK]);
    return await work();
  } finally {
    // Not awaited: a server that hangs would not say goodbye.
    void lock.end();
  }
}

/** Does this unless another process is doing it. The lock has a connection of its own here too. */
export async function withTryAdvisoryLock(url: string, work: () => Promise<void>): Promise<void> {
  const lock = await connect(url, { query_timeout: READ_TIMEOUT_MS });
  try {
    const { rows } = await lock.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock($1) AS locked",
      [HOUSEKEEPING_LOCK],
    );
    if (rows[0]?.locked) await work();
  } finally {
    void lock.end();
  }
}

/** A server that starts together with this process may not be there yet; one that refuses it is. */
async function connectWithRetry(
  url: string,
  onProgress: (sentence: string) => void,
): Promise<Client> {
  for (const wait of CONNECT_RETRY_DELAYS_MS) {
    try {
      return await connect(url);
    } catch (error) {
      const reason = transientErrorCode(error);
      if (reason === null || REFUSALS.has(reason)) throw toStartupError(error);
      onProgress(`DATABASE_URL: the database does not answer (${reason}); trying again`);
      await setTimeout(wait);
    }
  }
  return connect(url).catch((error: unknown) => {
    throw toStartupError(error);
  });
}

async function connect(url: string, settings: ClientConfig = {}): Promise<Client> {
  const client = new Client({
    ...CONNECTION,
    ...settings,
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => undefined);
  await client.connect().catch((error: unknown) => {
    void client.end();
    throw error;
  });
  return client;
}

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ["28P01", "the server refuses the password"],
  ["28000", "the server refuses the user"],
  ["3D000", "the server has no such database"],
]);

/** What pg says of wrong settings without any code. */
const CONFIGURATION_ERROR =
  /^(?:SASL: .*client password must be a (?:non-empty )?string|The server does not support SSL connections)/;

/** Tells which setting is to blame, and not what is in it. */
function toStartupError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code ?? transientErrorCode(error) ?? CONFIGURATION_ERROR.exec(message)?.[0] ?? "unknown";
  const sentence = REFUSALS.get(reason) ?? "the database cannot be opened";
  return new Error(`DATABASE_URL: ${sentence} (${reason})`, { cause: error });
}
