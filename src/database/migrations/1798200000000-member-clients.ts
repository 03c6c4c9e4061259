import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** Organizations say how their members manage clients; without it they manage none. */
export class MemberClients1798200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { text } = columnsFor(queryRunner);
    await addColumn(queryRunner, "organizations", text("member_clients", nullable));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "organizations", ["member_clients"]);
  }
}
