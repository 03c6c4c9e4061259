import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/**
 * Existing clients get the zero generation, so that their tokens stay valid (ADR 0023). Secrets get the
 * fingerprint with their next use (ADR 0004).
 */
export class TokenGenerations1797400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    // Processes of the former version do not name the column while they are being replaced.
    const generation = varchar("token_generation", { default: "'000000000000'" });
    await addColumn(queryRunner, "clients", generation);
    await addColumn(queryRunner, "client_secrets", varchar("fingerprint", nullable));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "client_secrets", ["fingerprint"]);
    await dropColumns(queryRunner, "clients", ["token_generation"]);
  }
}
