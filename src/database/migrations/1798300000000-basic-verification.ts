import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns } from "./columns.js";

/** Whether a project's gateways may ask about a client's id and secret. */
export class BasicVerification1798300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { flag } = columnsFor(queryRunner);
    await addColumn(queryRunner, "projects", flag("allow_basic_verification"));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "projects", ["allow_basic_verification"]);
  }
}
