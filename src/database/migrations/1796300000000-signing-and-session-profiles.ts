import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** Adds the algorithm that signs while another one's key is published, and the profile of session JWTs. */
export class SigningAndSessionProfiles1796300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    const formerAlgorithm = varchar("former_signing_algorithm", nullable);
    const profile = varchar("session_token_profile", { default: "'DEFAULT'" });
    await addColumn(queryRunner, "projects", formerAlgorithm);
    await addColumn(queryRunner, "projects", profile);
    await addColumn(queryRunner, "apis", formerAlgorithm);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "apis", ["former_signing_algorithm"]);
    await dropColumns(queryRunner, "projects", [
      "former_signing_algorithm",
      "session_token_profile",
    ]);
  }
}
