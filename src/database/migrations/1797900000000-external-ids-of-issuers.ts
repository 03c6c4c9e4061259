import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** Members remember the profile whose token gave their external id. */
export class ExternalIdsOfIssuers1797900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    await addColumn(queryRunner, "members", varchar("external_id_profile_id", nullable));
    await queryRunner.query(PROFILE_OF_CREATION);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "members", ["external_id_profile_id"]);
  }
}

/** A profile that maps external ids gave one to each member that it created. */
const PROFILE_OF_CREATION = `UPDATE members SET external_id_profile_id = provisioned_by_profile_id
  WHERE external_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM trusted_auth_profiles profile
    WHERE profile.project_id = members.project_id AND profile.profile_id = members.provisioned_by_profile_id
    AND profile.attribute_mapping LIKE '%"externalMemberId"%'
  )`;
