import type { MigrationInterface, QueryRunner } from "typeorm";
import { renameColumn } from "./columns.js";

/** Management keys get the names of the API: `managementKeyId`, and `settings:*` for `project:*`. */
export class ContractNames1796050000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await renameColumn(queryRunner, "management_keys", "key_id", "management_key_id");
    await renamePermissions(queryRunner, "project", "settings");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await renamePermissions(queryRunner, "settings", "project");
    await renameColumn(queryRunner, "management_keys", "management_key_id", "key_id");
  }
}

/** The column holds a JSON list of permissions. */
async function renamePermissions(queryRunner: QueryRunner, from: string, to: string) {
  await queryRunner.query(
    `UPDATE management_keys SET permissions = REPLACE(permissions, '"${from}:', '"${to}:')`,
  );
}
