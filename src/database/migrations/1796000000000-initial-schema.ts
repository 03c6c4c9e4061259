import { type MigrationInterface, type QueryRunner, Table } from "typeorm";
import { columnsFor, nullable, primary } from "./columns.js";

const projectForeignKey = {
  columnNames: ["project_id"],
  referencedTableName: "projects",
  referencedColumnNames: ["project_id"],
  onDelete: "CASCADE",
};

const foreignKeyTo = (table: string, id: string) => ({
  columnNames: ["project_id", id],
  referencedTableName: table,
  referencedColumnNames: ["project_id", id],
  onDelete: "CASCADE",
});

/** Creates all tables and their indices. */
export class InitialSchema1796000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of tablesFor(queryRunner)) await queryRunner.createTable(table);
    if (queryRunner.dataSource.options.type === "postgres") await indexPartsOfNames(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of tablesFor(queryRunner).reverse()) await queryRunner.dropTable(name);
  }
}

/** Creates the index for searches by part of a name, unless the role may not create the extension. */
async function indexPartsOfNames(queryRunner: QueryRunner): Promise<void> {
  // A savepoint: a failed statement would otherwise abort the migration's transaction.
  await queryRunner.startTransaction();
  try {
    await queryRunner.query("CREATE EXTENSION IF NOT EXISTS pg_trgm");
    await queryRunner.query(
      "CREATE INDEX client_name_trigrams ON clients USING gin (normalized_name gin_trgm_ops)",
    );
    await queryRunner.commitTransaction();
  } catch {
    await queryRunner.rollbackTransaction();
  }
}

/** Each table comes after the tables that it references. */
function tablesFor(queryRunner: QueryRunner): Table[] {
  const { varchar, text, integer, boolean, date } = columnsFor(queryRunner);
  return [
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
      foreignKeys: [projectForeignKey],
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
      foreignKeys: [projectForeignKey],
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
      foreignKeys: [projectForeignKey],
    }),
    new Table({
      name: "clients",
      columns: [
        varchar("project_id", primary),
        varchar("client_id", primary),
        varchar("name", nullable),
        varchar("normalized_name"),
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
        // Each ends with the name, so that a search by name reads the index only.
        { columnNames: ["project_id", "created_at", "client_id", "normalized_name"] },
        { columnNames: ["project_id", "updated_at", "client_id", "normalized_name"] },
        { columnNames: ["project_id", "normalized_name", "client_id"] },
      ],
      foreignKeys: [projectForeignKey],
    }),
    new Table({
      name: "client_search_terms",
      columns: [
        varchar("project_id", primary),
        varchar("client_id", primary),
        varchar("term", primary),
        date("created_at"),
        date("updated_at"),
        varchar("normalized_name"),
      ],
      indices: [
        { columnNames: ["project_id", "term", "created_at", "client_id", "normalized_name"] },
        { columnNames: ["project_id", "term", "updated_at", "client_id", "normalized_name"] },
        { columnNames: ["project_id", "term", "normalized_name", "client_id"] },
      ],
      foreignKeys: [foreignKeyTo("clients", "client_id")],
      withoutRowid: true,
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
      foreignKeys: [projectForeignKey],
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
        foreignKeyTo("clients", "client_id"),
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
      name: "consumed_ids",
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
        integer("count", { default: 1 }),
      ],
      indices: [
        { columnNames: ["project_id", "occurred_at", "event_id"] },
        { columnNames: ["action", "occurred_at"] },
      ],
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
    new Table({
      name: "organizations",
      columns: [
        varchar("project_id", primary),
        varchar("organization_id", primary),
        varchar("name"),
        varchar("normalized_name"),
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
        { columnNames: ["project_id", "normalized_name", "organization_id"] },
        { columnNames: ["default_of_project"], isUnique: true },
        { columnNames: ["project_id", "slug"], isUnique: true },
        { columnNames: ["project_id", "external_id"], isUnique: true },
      ],
      foreignKeys: [projectForeignKey],
    }),
    new Table({
      name: "members",
      columns: [
        varchar("project_id", primary),
        varchar("member_id", primary),
        varchar("organization_id"),
        varchar("email_address"),
        varchar("normalized_email"),
        varchar("name", nullable),
        varchar("normalized_name"),
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
        { columnNames: ["project_id", "normalized_name", "member_id"] },
        { columnNames: ["project_id", "normalized_email"] },
        { columnNames: ["project_id", "external_id"] },
        { columnNames: ["project_id", "organization_id", "created_at", "member_id"] },
        { columnNames: ["project_id", "organization_id", "updated_at", "member_id"] },
        { columnNames: ["project_id", "organization_id", "normalized_name", "member_id"] },
        { columnNames: ["project_id", "organization_id", "normalized_email"], isUnique: true },
        { columnNames: ["project_id", "organization_id", "external_id"], isUnique: true },
      ],
      foreignKeys: [foreignKeyTo("organizations", "organization_id")],
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
      foreignKeys: [foreignKeyTo("members", "member_id")],
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
        projectForeignKey,
        foreignKeyTo("organizations", "organization_id"),
        foreignKeyTo("clients", "client_id"),
      ],
    }),
  ];
}
