import { createHash } from "node:crypto";
import { type MigrationInterface, type QueryRunner, Table, TableIndex } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable, primary } from "./columns.js";

const PROFILES_BY_ISSUER = new TableIndex({ columnNames: ["project_id", "issuer"] });

interface WorkloadProfile {
  project_id: string;
  profile_id: string;
  issuer: string;
}

/** Profiles with several issuers and another claim for the audience. Those for clients are found by each issuer. */
export class TrustedIssuers1797600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text } = columnsFor(queryRunner);
    // Processes of the former version do not name the column while they are being replaced.
    const alternatives = text("alternative_issuers", { default: "'[]'" });
    await addColumn(queryRunner, "trusted_auth_profiles", alternatives);
    await addColumn(queryRunner, "trusted_auth_profiles", varchar("audience_claim", nullable));
    await queryRunner.createTable(
      new Table({
        name: "workload_issuers",
        columns: [
          varchar("project_id", primary),
          varchar("issuer_digest", primary),
          varchar("profile_id", primary),
        ],
        foreignKeys: [
          {
            columnNames: ["project_id", "profile_id"],
            referencedTableName: "trusted_auth_profiles",
            referencedColumnNames: ["project_id", "profile_id"],
            onDelete: "CASCADE",
          },
        ],
      }),
    );
    await insertIssuers(queryRunner);
    await queryRunner.dropIndex("trusted_auth_profiles", PROFILES_BY_ISSUER);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex("trusted_auth_profiles", PROFILES_BY_ISSUER);
    await queryRunner.dropTable("workload_issuers");
    const columns = ["alternative_issuers", "audience_claim"];
    await dropColumns(queryRunner, "trusted_auth_profiles", columns);
  }
}

async function insertIssuers(queryRunner: QueryRunner): Promise<void> {
  const profiles: WorkloadProfile[] = await queryRunner.query(
    "SELECT project_id, profile_id, issuer FROM trusted_auth_profiles WHERE client_id IS NOT NULL",
  );
  for (const { project_id: projectId, profile_id: profileId, issuer } of profiles) {
    const looseForm = issuer.replace(/\/$/, "").toLowerCase();
    const digest = createHash("sha256").update(looseForm).digest("base64url");
    await queryRunner.query(
      ...queryRunner.dataSource.driver.escapeQueryWithParameters(
        `INSERT INTO workload_issuers (project_id, issuer_digest, profile_id)
         VALUES (:projectId, :digest, :profileId)`,
        { projectId, digest, profileId },
      ),
    );
  }
}
