import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";

const NO_REGISTRAR = `registered_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clients registrar
  WHERE registrar.project_id = clients.project_id AND registrar.client_id = clients.registered_by
    AND registrar.created_at <= clients.created_at)`;

/** An index that finds the clients of a registrar, and no registrar for those whose registrar has been deleted. */
export class RegisteredClients1797500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex("clients", registeredClients());
    await queryRunner.query(`UPDATE clients SET registered_by = '' WHERE ${NO_REGISTRAR}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex("clients", registeredClients());
  }
}

const registeredClients = () =>
  new TableIndex({
    columnNames: ["project_id", "registered_by"],
    where: '"registered_by" IS NOT NULL',
  });
