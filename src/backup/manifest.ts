import { decodeProtectedHeader } from "jose";
import { z } from "zod";
import { newId } from "../shared/ids.js";
import { VERSION } from "../shared/version.js";
import type { Snapshot } from "./snapshot.js";

export const manifestRules = z.object({
  backupId: z.string(),
  /** Of the program that wrote it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  database: z.enum(["SQLite", "PostgreSQL"]),
  /** Names of the migrations that made its schema, in their order. */
  schema: z.array(z.string()).min(1),
  /** Fingerprints of the master keys that seal its signing keys. */
  masterKeys: z.array(z.string()),
  /** Rows of each table. */
  counts: z.record(z.string(), z.number()),
});

/** What a backup says about itself. It names nothing that the rows contain. */
export type Manifest = z.output<typeof manifestRules>;

export async function manifestOf(snapshot: Snapshot, now: Date): Promise<Manifest> {
  const counts: Record<string, number> = {};
  for (const table of snapshot.tables) counts[table.name] = await snapshot.count(table);
  return {
    backupId: newId("backup"),
    version: VERSION,
    createdAt: now.toISOString(),
    database: snapshot.database,
    schema: [...snapshot.migrations],
    masterKeys: [...new Set((await sealedKeys(snapshot)).map(fingerprintOf))].sort(),
    counts,
  };
}

/** The private keys in the table of signing keys, which the master key seals. */
async function sealedKeys(snapshot: Snapshot): Promise<string[]> {
  const sealed: string[] = [];
  for (const table of snapshot.tables.filter(({ name }) => name === SEALED.table)) {
    const index = table.columns.findIndex(({ name }) => name === SEALED.column);
    for await (const batch of snapshot.rows(table))
      sealed.push(...batch.map((row) => String(row[index])));
  }
  return sealed;
}

export const SEALED = { table: "signing_keys", column: "sealed_private_jwk" };

/** Names the master key of a sealed text, and tells nothing about it (MasterKeyRing). */
function fingerprintOf(sealed: string): string {
  return decodeProtectedHeader(sealed).kid ?? "";
}
