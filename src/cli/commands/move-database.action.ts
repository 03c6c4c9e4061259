import { assertEmpty } from "../../backup/empty-database.js";
import { fillDatabase, rowsOfSnapshot } from "../../backup/fill-database.js";
import { withSnapshot } from "../../backup/open-snapshot.js";
import { setSqliteFileAside } from "../../backup/restore-file.js";
import { toStartError } from "../../database/open-database.js";
import { waitForPostgres } from "../../database/postgres-locks.js";
import { postgresUrlProblem } from "../../database/postgres-url.js";
import { lockSqliteFile } from "../../database/sqlite-file-lock.js";
import { systemClock } from "../../shared/clock.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { assertExists, type Host, openForReading, readHost, withServices } from "../host.js";
import { assertMasterKeyOpens } from "../master-key-check.js";
import { readSecret } from "../secret-variable.js";
import { assertSigns } from "../signature-check.js";

const TARGET = "TARGET_DATABASE_URL";

export async function runMoveDatabase(context: CommandContext): Promise<ExitCode> {
  const host = readHost(context);
  const { location } = host;
  if (!("file" in location)) {
    throw new CommandError(
      `DATABASE_URL: it names PostgreSQL, and only SQLite can be moved: unset it, and name the target in ${TARGET}`,
      EXIT.MISUSE,
    );
  }
  const givenUrl = readTarget(context);
  assertExists(location);
  const unlock = lockSqliteFile(location.file);
  try {
    const moved = await ofTarget(async () => {
      const target = { url: await waitForPostgres(givenUrl, context.progress) };
      await assertEmpty(target, TARGET);
      return move(context, host, target);
    });
    const file = setSqliteFileAside(location.file, systemClock.now());
    context.result({ ...moved, file }, textOf(moved, file));
    return EXIT.DONE;
  } finally {
    unlock();
  }
}

interface Moved {
  tables: number;
  rows: number;
}

async function move(context: CommandContext, host: Host, target: { url: string }): Promise<Moved> {
  const source = await openForReading(host, { mayBeOlder: true });
  try {
    await assertMasterKeyOpens(host, source);
    const moved = await withSnapshot(host.location, source, async (snapshot) => {
      const counts = new Map<string, number>();
      for (const table of snapshot.tables) counts.set(table.name, await snapshot.count(table));
      const rows = rowsOfSnapshot(snapshot, ({ name }) =>
        context.progress(`Copying ${name} (${counts.get(name)})`),
      );
      await fillDatabase(target, snapshot.migrations, rows).catch((error: unknown) => {
        throw toStartError(target, error);
      });
      return {
        tables: counts.size,
        rows: [...counts.values()].reduce((sum, count) => sum + count, 0),
      };
    });
    // Runs the migrations that this version has in addition.
    await withServices({ ...host, location: target }, context, assertSigns);
    return moved;
  } finally {
    await source.destroy();
  }
}

function readTarget(context: CommandContext): string {
  const url = readSecret(context, TARGET);
  if (url === undefined) {
    const missing = `${TARGET}: Must name the PostgreSQL database, here or in a file by ${TARGET}_FILE`;
    throw new CommandError(missing, EXIT.MISUSE);
  }
  const problem = postgresUrlProblem(url);
  if (problem === null) return url;
  throw new CommandError(`${TARGET}: ${problem}`, EXIT.MISUSE);
}

/** Errors of a database name the setting of the server. */
async function ofTarget<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message } = Object(error) as Partial<Error>;
    if (!message?.startsWith("DATABASE_URL: ")) throw error;
    throw new CommandError(`TARGET_${message}`);
  }
}

function textOf({ tables, rows }: Moved, file: string): string {
  return [
    `Moved ${rows} rows of ${tables} tables to PostgreSQL. A token was signed and verified there.`,
    `The SQLite database is in ${file} now.`,
    `Start the server with DATABASE_URL as ${TARGET} has it, and with the same master key.`,
  ].join("\n");
}
