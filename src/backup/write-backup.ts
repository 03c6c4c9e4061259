import { type CipherGCM, createHash } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { cipherOf, newEncryption } from "./encryption.js";
import type { Manifest } from "./manifest.js";
import type { Snapshot } from "./snapshot.js";

export const FORMAT = "countersign-backup-1";

/**
 * Writes a backup (ADR 0045): a line in clear, then compressed lines of JSON: the manifest, each table and its rows, and
 * a digest of all before it.
 * @param passphrase encrypts all but the first line
 */
export async function writeBackup(
  snapshot: Snapshot,
  manifest: Manifest,
  output: Writable,
  passphrase?: string,
): Promise<void> {
  const encryption = passphrase === undefined ? null : newEncryption();
  const opening = `${JSON.stringify({ format: FORMAT, encryption })}\n`;
  output.write(opening);
  const lines = Readable.from(linesOf(snapshot, manifest));
  if (encryption === null || passphrase === undefined) {
    await pipeline(lines, createGzip(), output);
    return;
  }
  const cipher = cipherOf(encryption, passphrase, opening);
  await pipeline(lines, createGzip(), (source) => encrypted(source, cipher), output);
}

/** Ends with the tag of authentication. */
async function* encrypted(source: AsyncIterable<Buffer>, cipher: CipherGCM) {
  for await (const chunk of source) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

async function* linesOf(snapshot: Snapshot, manifest: Manifest): AsyncGenerator<string> {
  const digest = createHash("sha256");
  const line = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`;
    digest.update(text);
    return text;
  };
  yield line({ manifest });
  for (const table of snapshot.tables) {
    yield line({ table });
    for await (const batch of snapshot.rows(table)) yield batch.map(line).join("");
  }
  yield `${JSON.stringify({ sha256: digest.digest("base64url") })}\n`;
}
