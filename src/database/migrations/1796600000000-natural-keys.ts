import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";
import { renameColumn } from "./columns.js";

/** Ids of grants and audit events get the names of the API; events are found by their target. */
export class NaturalKeys1796600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await renameColumn(queryRunner, "client_grants", "grant_id", "client_grant_id");
    await renameColumn(queryRunner, "audit_events", "event_id", "audit_event_id");
    await queryRunner.createIndex("audit_events", eventsByTarget());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex("audit_events", eventsByTarget());
    await renameColumn(queryRunner, "audit_events", "audit_event_id", "event_id");
    await renameColumn(queryRunner, "client_grants", "client_grant_id", "grant_id");
  }
}

const eventsByTarget = () =>
  new TableIndex({
    columnNames: ["project_id", "target_id", "occurred_at", "audit_event_id"],
  });
