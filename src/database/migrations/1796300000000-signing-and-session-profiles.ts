import type { MigrationInterface, QueryRunner } from "typeorm";
import { TableColumn } from "typeorm";
import { columnsFor, nullable } from "./columns.js";

/** Adds the algorithm that signs while another one's key is published, and the profile of session JWTs. */
export class SigningAndSessionProfiles1796300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    await queryRunner.addColumns("projects", [
      new TableColumn(varchar("former_signing_algorithm", nullable)),
      new TableColumn(varchar("session_token_profile", { default: "'DEFAULT'" })),
    ]);
    await queryRunner.addColumn(
      "apis",
      new TableColumn(varchar("former_signing_algorithm", nullable)),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("apis", "former_signing_algorithm");
    await queryRunner.dropColumns("projects", [
      "former_signing_algorithm",
      "session_token_profile",
    ]);
  }
}
