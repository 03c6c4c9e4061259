import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** A project names the client that introspects its own tokens, and an API the scopes that public metadata show. */
export class IntrospectionAndMetadata1798500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text } = columnsFor(queryRunner);
    await addColumn(queryRunner, "projects", varchar("introspection_client_id", nullable));
    await addColumn(queryRunner, "apis", text("advertised_scopes", nullable));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, "apis", ["advertised_scopes"]);
    await dropColumns(queryRunner, "projects", ["introspection_client_id"]);
  }
}
