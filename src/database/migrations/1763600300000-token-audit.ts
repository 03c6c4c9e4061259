import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";

const index = new TableIndex({ columnNames: ["action", "occurred_at"] });

export class TokenAudit1763600300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // TypeORM's addColumn would copy the whole table on SQLite.
    await queryRunner.query(
      `ALTER TABLE "audit_events" ADD COLUMN "count" integer NOT NULL DEFAULT 1`,
    );
    await queryRunner.createIndex("audit_events", index);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex("audit_events", index);
    await queryRunner.query(`ALTER TABLE "audit_events" DROP COLUMN "count"`);
  }
}
