import { setTimeout } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import { transientErrorCode } from "../persistence/database-errors.js";
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION,
  liftTimeouts,
  READ_TIMEOUT_MS,
} from "./postgres-options.js";

/** Pauses between attempts to connect at startup, half a minute in all. */
const CONNECT_RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

/** Arbitrary advisory lock keys that other users of the same database are unlikely to choose. */
const STARTUP_LOCK = 6_021_987_341;
const HOUSEKEEPING_LOCK = 6_021_987_342;

/**
 * Runs `work` while no other process that starts on the same database runs its own. The lock has a
 * connection of its own and ends with it.
 * @param onProgress receives a message for the operator before each wait
 */
export async function withStartupLock<T>(
  url: string,
  onProgress: (message: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const connection = await connectWithRetry(url, onProgress);
  try {
    await liftTimeouts(connection);
    await connection.query("SELECT pg_advisory_lock($1)", [STARTUP_LOCK]);
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
    const { rows } = await connection.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock($1) AS locked",
      [HOUSEKEEPING_LOCK],
    );
    if (rows[0]?.locked) await work();
  } finally {
    void connection.end();
  }
}

/** Retries while the server may still be starting, but not when it rejects the connection. */
async function connectWithRetry(
  url: string,
  onProgress: (message: string) => void,
): Promise<Client> {
  for (const delay of CONNECT_RETRY_DELAYS_MS) {
    try {
      return await connect(url);
    } catch (error) {
      const reason = transientErrorCode(error);
      if (reason === null || REJECTIONS.has(reason)) throw toStartupError(error);
      onProgress(`DATABASE_URL: the database does not answer (${reason}); trying again`);
      await setTimeout(delay);
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

/** Messages by SQLSTATE. */
const REJECTIONS: ReadonlyMap<string, string> = new Map([
  ["28P01", "the server rejects the password"],
  ["28000", "the server rejects the user"],
  ["3D000", "the database does not exist"],
]);

/** Messages of pg about wrong settings that come without a code. */
const CONFIGURATION_ERROR =
  /^(?:SASL: .*client password must be a (?:non-empty )?string|The server does not support SSL connections)/;

/** Names the setting at fault without its value. */
function toStartupError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code ?? transientErrorCode(error) ?? CONFIGURATION_ERROR.exec(message)?.[0] ?? "unknown";
  const problem = REJECTIONS.get(reason) ?? "the database cannot be opened";
  return new Error(`DATABASE_URL: ${problem} (${reason})`, { cause: error });
}
