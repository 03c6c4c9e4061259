import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns } from "./columns.js";

/** What owners' own callers may create: how many clients, and with which metadata. */
export class OwnClients1798100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { integer, text } = columnsFor(queryRunner);
    // Processes of the former version do not name the columns while they are being replaced.
    const maximum = integer("maximum_clients_per_owner", { default: 100 });
    await addColumn(queryRunner, "projects", maximum);
    await addColumn(queryRunner, "projects", text("inherited_metadata_keys", { default: "'[]'" }));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const columns = ["inherited_metadata_keys", "maximum_clients_per_owner"];
    await dropColumns(queryRunner, "projects", columns);
  }
}
