import { type MigrationInterface, type QueryRunner, Table } from "typeorm";
import { columnsFor, primary } from "./columns.js";

/** Processes keep what they see of the world around them. */
export class Observations1798900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text, date } = columnsFor(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: "observations",
        columns: [
          varchar("kind", primary),
          varchar("subject", primary),
          text("detail"),
          date("observed_at"),
        ],
        indices: [{ columnNames: ["observed_at"] }],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable("observations");
  }
}
