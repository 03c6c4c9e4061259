import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { readProblem } from "../shared/file-problems.js";
import { decipherOf, encryptionRules, TAG_BYTES } from "./encryption.js";
import { type Manifest, manifestRules } from "./manifest.js";
import { COLUMN_KINDS, type Table, type Value } from "./table.js";
import { FORMAT } from "./write-backup.js";

/** Tells the operator what is wrong with a backup. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

export interface BackupReader {
  onManifest(manifest: Manifest): Promise<void> | void;
  onTable(table: Table): Promise<void> | void;
  onRows(table: Table, rows: readonly (readonly Value[])[]): Promise<void> | void;
}

const openingRules = z.object({
  format: z.literal(FORMAT),
  encryption: encryptionRules.nullable(),
});
/** Names go into statements as they are. */
const identifier = z.string().regex(/^[a-z][a-z0-9_]*$/);
const tableRules = z.object({
  name: identifier,
  columns: z.array(z.object({ name: identifier, kind: z.enum(COLUMN_KINDS) })).min(1),
});
const rowRules = z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]));
const MAX_OPENING_BYTES = 4096;
/** A row has at most a few hundred thousand. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * Reads a backup from its beginning to its end.
 * @throws BackupError if it is no backup, not whole, or changed; whatever the reader was given until then is worth nothing
 */
export async function readBackup(
  file: string,
  passphrase: string | undefined,
  reader: BackupReader,
): Promise<void> {
  const { opening, size } = await readOpening(file);
  const { encryption } = parseOpening(file, opening);
  const start = Buffer.byteLength(opening);
  if (encryption === null) {
    // Whoever can replace the file could else give any rows to whoever trusts in the passphrase.
    if (passphrase !== undefined) {
      throw new BackupError(
        `${file} is not encrypted, and a passphrase is set: if that is as you made it, unset BACKUP_PASSPHRASE_FILE and BACKUP_PASSPHRASE`,
      );
    }
    const body = createReadStream(file, { start });
    await consume(file, reader, (parse) => pipeline(body, createGunzip(), parse));
    return;
  }
  if (passphrase === undefined) {
    throw new BackupError(`${file} is encrypted: set BACKUP_PASSPHRASE_FILE or BACKUP_PASSPHRASE`);
  }
  const end = size - TAG_BYTES - 1;
  if (end < start) throw damaged(file);
  const body = createReadStream(file, { start, end });
  const decipher = decipherOf(encryption, passphrase, opening, await readTag(file, end + 1));
  await consume(file, reader, (parse) => pipeline(body, decipher, createGunzip(), parse));
}

type Parse = (source: AsyncIterable<Buffer>) => Promise<void>;

/** Passes errors of the reader on, and calls every other one what it means: damage. */
async function consume(
  file: string,
  reader: BackupReader,
  read: (parse: Parse) => Promise<void>,
): Promise<void> {
  let isRefusedByReader = false;
  const passing: Passing = async (work) => {
    try {
      return await work;
    } catch (error) {
      isRefusedByReader = true;
      throw error;
    }
  };
  try {
    await read((source) => parse(source, file, reader, passing));
  } catch (error) {
    throw isRefusedByReader || error instanceof BackupError ? error : damaged(file, error);
  }
}

type Passing = <T>(work: Promise<T> | T) => Promise<T>;

async function parse(
  source: AsyncIterable<Buffer>,
  file: string,
  reader: BackupReader,
  passing: Passing,
): Promise<void> {
  const digest = createHash("sha256");
  let table: Table | null = null;
  let isComplete = false;
  for await (const lines of wholeLines(source)) {
    if (isComplete) throw damaged(file);
    const rows: Value[][] = [];
    const flush = async () => {
      if (table && rows.length > 0) await passing(reader.onRows(table, rows.splice(0)));
    };
    for (const line of lines) {
      const value = JSON.parse(line);
      if (Array.isArray(value)) rows.push(rowOf(table, value));
      else {
        await flush();
        if (value.manifest) await passing(reader.onManifest(manifestRules.parse(value.manifest)));
        else if (value.table) {
          table = tableRules.parse(value.table);
          await passing(reader.onTable(table));
        } else {
          isComplete = value.sha256 === digest.digest("base64url");
          if (!isComplete) throw damaged(file);
          continue;
        }
      }
      digest.update(`${line}\n`);
    }
    await flush();
  }
  if (!isComplete) throw damaged(file);
}

function rowOf(table: Table | null, value: unknown[]): Value[] {
  if (value.length !== table?.columns.length) throw new Error("a row has other columns");
  return rowRules.parse(value);
}

/** Splits at line feeds alone: JSON may contain other characters that end a line for readline. */
async function* wholeLines(source: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_LENGTH) throw new Error("a line is too long");
    yield lines;
  }
  if (rest !== "") throw new Error("the last line has no end");
}

async function readOpening(file: string) {
  const handle = await open(file).catch((error: unknown) => {
    throw new BackupError(`${file} ${readProblem(error)}`);
  });
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_OPENING_BYTES), 0);
    const text = buffer.subarray(0, bytesRead);
    return { opening: text.subarray(0, text.indexOf("\n") + 1).toString(), size };
  } catch (error) {
    throw new BackupError(`${file} ${readProblem(error)}`);
  } finally {
    await handle.close();
  }
}

function parseOpening(file: string, opening: string) {
  try {
    return openingRules.parse(JSON.parse(opening));
  } catch {
    throw new BackupError(
      `${file} is not a backup of Countersign, or one of a version that this one does not know`,
    );
  }
}

async function readTag(file: string, position: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(TAG_BYTES), 0, TAG_BYTES, position);
    return buffer;
  } finally {
    await handle.close();
  }
}

function damaged(file: string, cause?: unknown): BackupError {
  const { code } = Object(cause) as { code?: string };
  const isOfCipher = code === undefined && /authenticate data/.test(String(Object(cause).message));
  return new BackupError(
    isOfCipher
      ? `${file} cannot be decrypted: the passphrase is another one, or the file was changed`
      : `${file} is not whole, or was changed: use another backup`,
  );
}
