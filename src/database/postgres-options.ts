import type { Client, ClientBase, ClientConfig } from "pg";
import type { DataSourceOptions } from "typeorm";
import { transientErrorCode } from "../persistence/database-errors.js";
import { postgresConnection } from "./postgres-url.js";

/** Limits the wait for a free connection of the pool and for a new connection. */
export const CONNECT_TIMEOUT_MS = 4_000;
/** Idle connections survive the pause between two bursts: opening one takes about 50 ms. */
const IDLE_TIMEOUT_MS = 5 * 60_000;
/** Reads take milliseconds. After this time the server counts as lost. */
export const READ_TIMEOUT_MS = 5_000;
/** Ends a change that a lost server does not end. */
const CHANGE_TIMEOUT_MS = 10_000;

/**
 * Starts a transaction with limits of its own, in one round trip. Limits of the session would belong to one
 * connection of a pooler, which other programs use too, and PgBouncer refuses them as parameters of the
 * connection (ADR 0024).
 */
const startTransaction = (statementTimeoutMs: number, idleTimeoutMs: number) =>
  `START TRANSACTION; SET LOCAL statement_timeout = ${statementTimeoutMs}; ` +
  `SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}`;

/**
 * PostgreSQL ends statements after 8 s: a change may touch many rows, such as an organization's sessions. It
 * releases the locks of a process that vanished within a transaction after 10 s: no unit of work idles as long.
 */
const START_UNIT_OF_WORK = startTransaction(8_000, 10_000);
/** Overrides timeouts that the role or the database sets: migrations of large tables take minutes. */
export const START_WITHOUT_TIMEOUTS = startTransaction(0, 0);

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
    parseInt8: true,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    ...(poolSize !== undefined && { poolSize }),
    extra: {
      ...CONNECTION,
      ...postgresConnection(url),
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      query_timeout: READ_TIMEOUT_MS,
      onConnect: limitQueries,
    },
  };
}

/** One connection without timeouts. */
export function migrationOptions(url: string): DataSourceOptions {
  return {
    type: "postgres",
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 1,
    extra: { ...CONNECTION, ...postgresConnection(url), onConnect: liftTimeouts },
  };
}

type Query = (...args: unknown[]) => unknown;

/** TypeORM passes SQL as text. Prepared reads query the pool, which closes failed connections itself. */
function replaceTextQueries(
  client: ClientBase,
  replace: (text: string, values: unknown, query: Query) => unknown,
): void {
  const query = client.query.bind(client) as Query;
  client.query = ((first: unknown, ...rest: unknown[]) =>
    typeof first === "string"
      ? replace(first, rest[0], query)
      : query(first, ...rest)) as typeof client.query;
}

/** What TypeORM begins a transaction with. */
const START_TRANSACTION = "START TRANSACTION";

function liftTimeouts(client: ClientBase): void {
  replaceTextQueries(client, (text, values, query) =>
    query(text === START_TRANSACTION ? START_WITHOUT_TIMEOUTS : text, values),
  );
}

/**
 * Limits the time of transactions and queries, and closes a connection whose query timed out. pg leaves such
 * a connection open, and TypeORM returns it to the pool with the statement still running. The next unit of
 * work could then join and commit the transaction of the failed one.
 */
function limitQueries(client: ClientBase): void {
  // While pg-pool hands a connection to TypeORM, neither listens, and an unheard error ends the process.
  client.on("error", () => undefined);
  replaceTextQueries(client, async (sql, values, query) => {
    const isInTransaction = client.getTransactionStatus() === "T";
    const query_timeout = isInTransaction ? CHANGE_TIMEOUT_MS : READ_TIMEOUT_MS;
    const text = sql === START_TRANSACTION ? START_UNIT_OF_WORK : sql;
    try {
      return await query({ text, values, query_timeout });
    } catch (error) {
      if (transientErrorCode(error) === "Query read timeout") void (client as Client).end();
      throw error;
    }
  });
}
