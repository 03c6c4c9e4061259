import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

const COLUMNS = [
  ["client_secrets", "maker"],
  ["clients", "keys_maker"],
  ["clients", "registration_limits"],
  ["trusted_auth_profiles", "maker"],
] as const;

/**
 * Credentials of clients tell who made them, and registered clients what they cannot undo. A registered client
 * that exists keeps its present settings as limits: nobody knows which of them an operator has set.
 */
export class Makers1797100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { text } = columnsFor(queryRunner);
    for (const [table, name] of COLUMNS) await addColumn(queryRunner, table, text(name, nullable));
    await queryRunner.query(
      `UPDATE clients SET registration_limits =
        '{"scopes":' || scopes ||
        ',"dpopBoundAccessTokens":' || CASE WHEN dpop_bound_access_tokens THEN 'true' ELSE 'false' END ||
        ',"tokenEndpointAuthMethod":' || COALESCE('"' || token_endpoint_auth_method || '"', 'null') || '}'
      WHERE registered_by IS NOT NULL`,
    );
    // A client that comes later with such an id must not introspect tokens.
    await queryRunner.query(
      `UPDATE apis SET introspection_client_id = NULL
      WHERE introspection_client_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM clients
        WHERE clients.project_id = apis.project_id AND clients.client_id = apis.introspection_client_id)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table, name] of COLUMNS) await dropColumns(queryRunner, table, [name]);
  }
}
