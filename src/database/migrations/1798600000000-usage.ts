import { type MigrationInterface, type QueryRunner, Table, TableIndex } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable, primary } from "./columns.js";

const TO_CLIENT = {
  columnNames: ["project_id", "client_id"],
  referencedTableName: "clients",
  referencedColumnNames: ["project_id", "client_id"],
  onDelete: "CASCADE",
};

/** Tokens of each client by hour, and when it last asked for each of its scopes. */
export class Usage1798600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, integer, date } = columnsFor(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: "client_usage",
        columns: [
          varchar("project_id", primary),
          varchar("client_id", primary),
          date("hour", primary),
          varchar("audience", primary),
          integer("tokens_issued"),
          integer("requests_refused"),
        ],
        foreignKeys: [TO_CLIENT],
        indices: [new TableIndex({ columnNames: ["hour"] })],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: "scope_uses",
        columns: [
          varchar("project_id", primary),
          varchar("client_id", primary),
          varchar("audience", primary),
          varchar("scope", primary),
          date("last_requested_at"),
        ],
        foreignKeys: [TO_CLIENT],
      }),
    );
    await addColumn(queryRunner, "projects", date("scope_use_since", nullable));
    await queryRunner.query("UPDATE projects SET scope_use_since = CURRENT_TIMESTAMP");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "projects", ["scope_use_since"]);
    await queryRunner.dropTable("scope_uses");
    await queryRunner.dropTable("client_usage");
  }
}
