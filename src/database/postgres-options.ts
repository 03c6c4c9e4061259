import type { Client, ClientBase, ClientConfig } from "pg";
import type { DataSourceOptions } from "typeorm";
import { transientErrorCode } from "../persistence/database-errors.js";

/** Limits the wait for a free connection of the pool and for a new connection. */
export const CONNECT_TIMEOUT_MS = 4_000;
/** Idle connections survive the pause between two bursts: opening one takes about 50 ms. */
const IDLE_TIMEOUT_MS = 5 * 60_000;
/** Reads take milliseconds. After this time the server counts as lost. */
export const READ_TIMEOUT_MS = 5_000;
/** PostgreSQL ends longer statements. A change may touch many rows, such as an organization's sessions. */
const STATEMENT_TIMEOUT_MS = 8_000;
/** Ends a change that a lost server does not end. */
const CHANGE_TIMEOUT_MS = 10_000;
/** Releases the locks of a process that vanished within a transaction. No unit of work idles this long. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

export const CONNECTION = {
  // Some firewalls drop connections that are silent for four minutes.
  keepAlive: true,
  keepAliveInitialDelayMillis: 60_000,
  // The URL and PGAPPNAME take precedence.
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

/** One connection without timeouts: migrations of large tables take minutes. */
export function migrationOptions(url: string): DataSourceOptions {
  return {
    type: "postgres",
    url,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 1,
    extra: { ...CONNECTION, onConnect: liftTimeouts },
  };
}

/** Overrides timeouts that the role or the database sets. */
export async function liftTimeouts(client: ClientBase): Promise<void> {
  await client.query("SET statement_timeout = 0");
  await client.query("SET idle_in_transaction_session_timeout = 0");
}

/**
 * Closes a connection whose query timed out. pg leaves such a connection open, and TypeORM returns it to
 * the pool with the statement still running. The next unit of work could then join and commit the
 * transaction of the failed one.
 */
function enforceQueryTimeout(client: ClientBase): void {
  // While pg-pool hands a connection to TypeORM, neither listens, and an unheard error ends the process.
  client.on("error", () => undefined);
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const queryWithTimeout = async (text: string, values: unknown) => {
    const isInTransaction = client.getTransactionStatus() === "T";
    const query_timeout = isInTransaction ? CHANGE_TIMEOUT_MS : READ_TIMEOUT_MS;
    try {
      return await query({ text, values, query_timeout });
    } catch (error) {
      if (transientErrorCode(error) === "Query read timeout") void (client as Client).end();
      throw error;
    }
  };
  // TypeORM passes SQL as text. Prepared reads query the pool, which closes failed connections itself.
  client.query = ((first: unknown, ...rest: unknown[]) =>
    typeof first === "string"
      ? queryWithTimeout(first, rest[0])
      : query(first, ...rest)) as typeof client.query;
}
