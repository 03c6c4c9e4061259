import { type MigrationInterface, type QueryRunner, Table, TableIndex } from "typeorm";
import { columnsFor, nullable, primary } from "./columns.js";

/** When backups were made, for whoever asks how old the last one is. */
export class Backups1798800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, date, boolean } = columnsFor(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: "backups",
        columns: [
          varchar("backup_id", primary),
          date("created_at"),
          boolean("is_encrypted"),
          date("restored_at", nullable),
        ],
        indices: [new TableIndex({ columnNames: ["created_at"] })],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable("backups");
  }
}
