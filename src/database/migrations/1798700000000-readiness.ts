import { type MigrationInterface, type QueryRunner, Table, TableIndex } from "typeorm";
import { columnsFor, primary } from "./columns.js";

/** Findings that operators accept, and indices for checks of tables that may have a million rows. */
export class Readiness1798700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text, date } = columnsFor(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: "readiness_dismissals",
        columns: [
          varchar("project_id", primary),
          varchar("check_id", primary),
          varchar("target_id", primary),
          text("note"),
          date("dismissed_at"),
        ],
        foreignKeys: [
          {
            columnNames: ["project_id"],
            referencedTableName: "projects",
            referencedColumnNames: ["project_id"],
            onDelete: "CASCADE",
          },
        ],
      }),
    );
    for (const [table, index] of indices()) await queryRunner.createIndex(table, index);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table, index] of indices()) await queryRunner.dropIndex(table, index);
    await queryRunner.dropTable("readiness_dismissals");
  }
}

/** Few rows meet the condition of each, so that they cost writers little. */
const indices = (): readonly (readonly [table: string, index: TableIndex])[] => [
  [
    "clients",
    new TableIndex({
      columnNames: ["project_id", "client_id"],
      where: '"access_token_lifetime_seconds" IS NOT NULL',
    }),
  ],
  [
    "clients",
    new TableIndex({
      columnNames: ["project_id", "client_id"],
      where: '"jwks_url" IS NOT NULL',
    }),
  ],
  [
    "client_grants",
    new TableIndex({
      columnNames: ["project_id", "client_grant_id"],
      where: '"access_token_lifetime_seconds" IS NOT NULL',
    }),
  ],
  [
    "client_grants",
    new TableIndex({ columnNames: ["project_id", "client_grant_id"], where: '"all_scopes"' }),
  ],
  [
    "client_grants",
    new TableIndex({
      columnNames: ["project_id", "client_grant_id"],
      where: "\"scopes\" = '[]'",
    }),
  ],
  [
    "client_secrets",
    new TableIndex({
      columnNames: ["project_id", "expires_at", "client_id"],
      where: '"expires_at" IS NOT NULL',
    }),
  ],
  [
    "client_secrets",
    new TableIndex({
      columnNames: ["project_id", "client_id"],
      where: "substr(\"hash\", 1, 7) <> 'sha256$'",
    }),
  ],
];
