import { type MigrationInterface, type QueryRunner, Table } from "typeorm";
import { columnsFor, nullable, primary } from "./columns.js";

const ofProject = {
  columnNames: ["project_id"],
  referencedTableName: "projects",
  referencedColumnNames: ["project_id"],
  onDelete: "CASCADE",
};

const of = (table: string, id: string) => ({
  columnNames: ["project_id", id],
  referencedTableName: table,
  referencedColumnNames: ["project_id", id],
  onDelete: "CASCADE",
});

export class OrganizationsAndSessions1763600100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text, integer, boolean, date } = columnsFor(queryRunner);
    const tables = [
      new Table({
        name: "organizations",
        columns: [
          varchar("project_id", primary),
          varchar("organization_id", primary),
          varchar("name"),
          varchar("name_key"),
          varchar("slug"),
          varchar("external_id", nullable),
          varchar("status"),
          varchar("default_of_project", nullable),
          text("trusted_metadata"),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "created_at", "organization_id"] },
          { columnNames: ["project_id", "updated_at", "organization_id"] },
          { columnNames: ["project_id", "name_key", "organization_id"] },
          { columnNames: ["default_of_project"], isUnique: true },
          { columnNames: ["project_id", "slug"], isUnique: true },
          { columnNames: ["project_id", "external_id"], isUnique: true },
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "members",
        columns: [
          varchar("project_id", primary),
          varchar("member_id", primary),
          varchar("organization_id"),
          varchar("email_address"),
          varchar("email_key"),
          varchar("name", nullable),
          varchar("name_key"),
          varchar("external_id", nullable),
          text("roles"),
          varchar("status"),
          text("trusted_metadata"),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "created_at", "member_id"] },
          { columnNames: ["project_id", "updated_at", "member_id"] },
          { columnNames: ["project_id", "name_key", "member_id"] },
          { columnNames: ["project_id", "email_key"] },
          { columnNames: ["project_id", "external_id"] },
          { columnNames: ["project_id", "organization_id", "created_at", "member_id"] },
          { columnNames: ["project_id", "organization_id", "updated_at", "member_id"] },
          { columnNames: ["project_id", "organization_id", "name_key", "member_id"] },
          { columnNames: ["project_id", "organization_id", "email_key"], isUnique: true },
          { columnNames: ["project_id", "organization_id", "external_id"], isUnique: true },
        ],
        foreignKeys: [of("organizations", "organization_id")],
      }),
      new Table({
        name: "sessions",
        columns: [
          varchar("project_id", primary),
          varchar("session_id", primary),
          varchar("member_id"),
          varchar("organization_id"),
          varchar("token_hash"),
          date("started_at"),
          date("last_accessed_at"),
          date("expires_at"),
          date("revoked_at", nullable),
          text("custom_claims"),
          text("authentication_factors"),
        ],
        indices: [
          { columnNames: ["project_id", "member_id", "started_at", "session_id"] },
          { columnNames: ["project_id", "organization_id", "started_at", "session_id"] },
          { columnNames: ["token_hash"], isUnique: true },
          { columnNames: ["expires_at"] },
          { columnNames: ["revoked_at"] },
        ],
        foreignKeys: [of("members", "member_id")],
      }),
      new Table({
        name: "trusted_auth_profiles",
        columns: [
          varchar("project_id", primary),
          varchar("profile_id", primary),
          varchar("name"),
          varchar("issuer"),
          varchar("audience"),
          varchar("jwks_url", nullable),
          text("public_keys"),
          text("allowed_algorithms", nullable),
          integer("clock_tolerance_seconds"),
          integer("max_token_age_seconds", nullable),
          text("claim_conditions"),
          text("attribute_mapping"),
          varchar("organization_id", nullable),
          boolean("can_jit_provision"),
          boolean("can_jit_provision_organizations"),
          varchar("client_id", nullable),
          boolean("single_use_token_id"),
          boolean("public_exchange"),
          text("allowed_origins"),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "created_at", "profile_id"] },
          { columnNames: ["project_id", "issuer"] },
        ],
        foreignKeys: [
          ofProject,
          of("organizations", "organization_id"),
          of("clients", "client_id"),
        ],
      }),
    ];
    for (const table of tables) await queryRunner.createTable(table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ["trusted_auth_profiles", "sessions", "members", "organizations"]) {
      await queryRunner.dropTable(name);
    }
  }
}
