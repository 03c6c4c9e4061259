import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** Limits of the length of sessions, the parents of exchanged ones, and an index for events of members. */
export class SessionLineage1797300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, integer, boolean, date } = columnsFor(queryRunner);
    await addColumn(queryRunner, "projects", integer("maximum_session_duration_minutes", nullable));
    await addColumn(queryRunner, "projects", integer("maximum_session_age_minutes", nullable));
    const ofProfile = integer("maximum_session_duration_minutes", nullable);
    await addColumn(queryRunner, "trusted_auth_profiles", ofProfile);
    await addColumn(queryRunner, "sessions", integer("maximum_duration_minutes", nullable));
    await addColumn(queryRunner, "sessions", varchar("parent_session_id", nullable));
    await addColumn(queryRunner, "sessions", date("authenticated_at", nullable));
    // Nobody knows how existing sessions were started: they do not count against the cap.
    await addColumn(queryRunner, "sessions", boolean("started_by_member", nullable));
    await queryRunner.createIndex("sessions", exchangedSessions());
    await queryRunner.createIndex("audit_events", eventsByActorType());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex("audit_events", eventsByActorType());
    await queryRunner.dropIndex("sessions", exchangedSessions());
    await dropColumns(queryRunner, "sessions", [
      "started_by_member",
      "authenticated_at",
      "parent_session_id",
      "maximum_duration_minutes",
    ]);
    await dropColumns(queryRunner, "trusted_auth_profiles", ["maximum_session_duration_minutes"]);
    await dropColumns(queryRunner, "projects", [
      "maximum_session_age_minutes",
      "maximum_session_duration_minutes",
    ]);
  }
}

const exchangedSessions = () => new TableIndex({ columnNames: ["parent_session_id"] });

const eventsByActorType = () => new TableIndex({ columnNames: ["actor_type", "occurred_at"] });
