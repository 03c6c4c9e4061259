import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, allowNull, columnsFor, dropColumns, forbidNull, nullable } from "./columns.js";

const ADDRESS_COLUMNS = ["email_address", "normalized_email"] as const;

/** Members may lack an email address, remember the profile that created them, and follow the tokens of a profile. */
export class MembersOfIssuers1797700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    for (const column of ADDRESS_COLUMNS) await allowNull(queryRunner, "members", column);
    await addColumn(queryRunner, "members", varchar("provisioned_by_profile_id", nullable));
    // Processes of the former version do not name the column while they are being replaced.
    const updates = varchar("member_updates", { default: "'PROVISIONED'" });
    await addColumn(queryRunner, "trusted_auth_profiles", updates);
    await forgetUnusedExternalIds(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "trusted_auth_profiles", ["member_updates"]);
    await dropColumns(queryRunner, "members", ["provisioned_by_profile_id"]);
    for (const column of ADDRESS_COLUMNS) {
      await forbidNull(queryRunner, "members", column, NO_ADDRESS);
    }
  }
}

/** An address that no mail reaches (RFC 6761 section 6.4), since members had to have one. */
const NO_ADDRESS = "lower(member_id) || '@no-address.invalid'";

/**
 * A mapping without an email address identified no members, whatever else it mapped. A client's profile stays one
 * that identifies none.
 */
async function forgetUnusedExternalIds(queryRunner: QueryRunner): Promise<void> {
  const profiles: { project_id: string; profile_id: string; attribute_mapping: string }[] =
    await queryRunner.query(
      "SELECT project_id, profile_id, attribute_mapping FROM trusted_auth_profiles WHERE client_id IS NOT NULL",
    );
  const [attributeMapping, project, profile] = [0, 1, 2].map((index) =>
    queryRunner.dataSource.driver.createParameter("value", index),
  );
  for (const { project_id, profile_id, attribute_mapping } of profiles) {
    const { externalMemberId, ...mapping } = JSON.parse(attribute_mapping);
    if (mapping.email !== undefined || externalMemberId === undefined) continue;
    await queryRunner.query(
      `UPDATE trusted_auth_profiles SET attribute_mapping = ${attributeMapping}
       WHERE project_id = ${project} AND profile_id = ${profile}`,
      [JSON.stringify(mapping), project_id, profile_id],
    );
  }
}
