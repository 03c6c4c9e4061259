import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, addRequiredColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/**
 * Existing clients get the zero generation, so that their tokens stay valid (ADR 0023). Secrets get the
 * fingerprint with their next use (ADR 0004).
 */
export class TokenGenerations1797400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    await addRequiredColumn(queryRunner, "clients", varchar("token_generation"), "'000000000000'");
    await addColumn(queryRunner, "client_secrets", varchar("fingerprint", nullable));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "client_secrets", ["fingerprint"]);
    await dropColumns(queryRunner, "clients", ["token_generation"]);
  }
}
