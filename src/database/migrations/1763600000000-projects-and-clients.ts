import { type MigrationInterface, type QueryRunner, Table } from "typeorm";
import { columnsFor, nullable, primary } from "./columns.js";

const ofProject = {
  columnNames: ["project_id"],
  referencedTableName: "projects",
  referencedColumnNames: ["project_id"],
  onDelete: "CASCADE",
};

export class ProjectsAndClients1763600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, text, integer, boolean, date } = columnsFor(queryRunner);
    const tables = [
      new Table({
        name: "projects",
        columns: [
          varchar("project_id", primary),
          varchar("name"),
          varchar("environment"),
          varchar("issuer", nullable),
          varchar("issuer_host", nullable),
          varchar("token_profile"),
          varchar("default_audience", nullable),
          integer("signing_key_rotation_days", nullable),
          text("claims_template", nullable),
          text("session_claims_template", nullable),
          integer("access_token_lifetime_seconds"),
          varchar("signing_algorithm"),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [{ columnNames: ["issuer_host"], isUnique: true }],
      }),
      new Table({
        name: "management_keys",
        columns: [
          varchar("key_id", primary),
          varchar("project_id"),
          varchar("name"),
          text("permissions"),
          varchar("secret_hash"),
          varchar("last_four"),
          date("created_at"),
          date("last_used_at", nullable),
          date("expires_at", nullable),
        ],
        indices: [
          { columnNames: ["project_id", "created_at", "key_id"] },
          { columnNames: ["secret_hash"], isUnique: true },
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "signing_keys",
        columns: [
          varchar("kid", primary),
          varchar("project_id"),
          varchar("algorithm"),
          varchar("status"),
          text("public_jwk"),
          text("sealed_private_jwk"),
          integer("longest_lifetime_seconds"),
          date("created_at"),
          date("activated_at", nullable),
          date("retires_at", nullable),
          date("revoked_at", nullable),
        ],
        indices: [
          { columnNames: ["project_id", "algorithm", "status"] },
          { columnNames: ["project_id", "created_at", "kid"] },
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "published_keys",
        columns: [
          varchar("project_id", primary),
          varchar("kid", primary),
          text("public_jwk"),
          date("created_at"),
          date("expires_at"),
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "clients",
        columns: [
          varchar("project_id", primary),
          varchar("client_id", primary),
          varchar("name", nullable),
          varchar("name_key"),
          text("description", nullable),
          varchar("status"),
          text("scopes"),
          text("trusted_metadata"),
          integer("access_token_lifetime_seconds", nullable),
          varchar("token_endpoint_auth_method", nullable),
          text("grant_types"),
          text("public_keys", nullable),
          varchar("jwks_url", nullable),
          boolean("dpop_bound_access_tokens"),
          date("tokens_not_before", nullable),
          varchar("registration_token_hash", nullable),
          varchar("registered_by", nullable),
          varchar("secret_hash", nullable),
          varchar("secret_last_four", nullable),
          varchar("next_secret_hash", nullable),
          varchar("next_secret_last_four", nullable),
          date("created_at"),
          date("updated_at"),
          date("last_used_at", nullable),
          date("expires_at", nullable),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "created_at", "client_id"] },
          { columnNames: ["project_id", "updated_at", "client_id"] },
          { columnNames: ["project_id", "name_key", "client_id"] },
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "client_search_terms",
        columns: [
          varchar("project_id", primary),
          varchar("client_id", primary),
          varchar("term", primary),
        ],
        indices: [{ columnNames: ["project_id", "term", "client_id"] }],
        foreignKeys: [
          {
            columnNames: ["project_id", "client_id"],
            referencedTableName: "clients",
            referencedColumnNames: ["project_id", "client_id"],
            onDelete: "CASCADE",
          },
        ],
      }),
      new Table({
        name: "apis",
        columns: [
          varchar("api_id", primary),
          varchar("project_id"),
          varchar("identifier"),
          varchar("name"),
          text("scopes"),
          varchar("signing_algorithm", nullable),
          integer("access_token_lifetime_seconds", nullable),
          varchar("token_profile"),
          boolean("allow_omitted_scope"),
          boolean("permissions_claim"),
          varchar("introspection_client_id", nullable),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "identifier"], isUnique: true },
          { columnNames: ["project_id", "created_at", "api_id"] },
        ],
        foreignKeys: [ofProject],
      }),
      new Table({
        name: "client_grants",
        columns: [
          varchar("grant_id", primary),
          varchar("project_id"),
          varchar("client_id"),
          varchar("api_id"),
          text("scopes"),
          boolean("all_scopes"),
          integer("access_token_lifetime_seconds", nullable),
          date("created_at"),
          date("updated_at"),
          integer("version"),
        ],
        indices: [
          { columnNames: ["project_id", "client_id", "api_id"], isUnique: true },
          { columnNames: ["project_id", "created_at", "grant_id"] },
          { columnNames: ["api_id"] },
        ],
        foreignKeys: [
          {
            columnNames: ["project_id", "client_id"],
            referencedTableName: "clients",
            referencedColumnNames: ["project_id", "client_id"],
            onDelete: "CASCADE",
          },
          {
            columnNames: ["api_id"],
            referencedTableName: "apis",
            referencedColumnNames: ["api_id"],
            onDelete: "CASCADE",
          },
        ],
      }),
      new Table({
        name: "revoked_tokens",
        columns: [varchar("project_id", primary), varchar("jti", primary), date("expires_at")],
        indices: [{ columnNames: ["expires_at"] }],
      }),
      new Table({
        name: "used_marks",
        columns: [varchar("digest", primary), date("expires_at")],
        indices: [{ columnNames: ["expires_at"] }],
      }),
      new Table({
        name: "audit_events",
        columns: [
          varchar("event_id", primary),
          varchar("project_id"),
          varchar("action"),
          varchar("actor_type"),
          varchar("actor_id"),
          varchar("target_type"),
          varchar("target_id"),
          varchar("outcome"),
          varchar("request_id"),
          varchar("ip_address"),
          date("occurred_at"),
        ],
        indices: [{ columnNames: ["project_id", "occurred_at", "event_id"] }],
      }),
      new Table({
        name: "idempotency_keys",
        columns: [
          varchar("project_id", primary),
          varchar("operation", primary),
          varchar("key", primary),
          varchar("fingerprint"),
          varchar("resource_id"),
          date("expires_at"),
        ],
        indices: [{ columnNames: ["expires_at"] }],
      }),
      new Table({
        name: "rate_limit_counters",
        columns: [varchar("key", primary), integer("count"), date("window_ends_at")],
        indices: [{ columnNames: ["window_ends_at"] }],
      }),
    ];
    for (const table of tables) await queryRunner.createTable(table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of [
      "rate_limit_counters",
      "idempotency_keys",
      "audit_events",
      "used_marks",
      "revoked_tokens",
      "client_grants",
      "apis",
      "client_search_terms",
      "clients",
      "published_keys",
      "signing_keys",
      "management_keys",
      "projects",
    ]) {
      await queryRunner.dropTable(name);
    }
  }
}
