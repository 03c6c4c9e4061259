import type { DataSource } from "typeorm";
import { SEALED } from "../backup/manifest.js";
import { masterKeysOf } from "../host-settings.js";
import { MasterKeyRing } from "../shared/master-key.js";
import type { Host } from "./host.js";

/** Checks that the master keys open the signing keys of a database. @throws Error with a message for the operator */
export async function assertMasterKeyOpens(
  { config }: Pick<Host, "config">,
  dataSource: DataSource,
): Promise<void> {
  const masterKeys = new MasterKeyRing(masterKeysOf(config));
  const rows: { sealed: string }[] = await dataSource.query(
    `SELECT "${SEALED.column}" AS sealed FROM "${SEALED.table}"`,
  );
  for (const { sealed } of rows) await masterKeys.unseal(sealed);
}
