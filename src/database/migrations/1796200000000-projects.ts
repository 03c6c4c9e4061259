import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableForeignKey,
  TableIndex,
} from "typeorm";
import {
  addColumn,
  addRequiredColumn,
  columnsFor,
  dropColumns,
  nullable,
  primary,
} from "./columns.js";

/** Issuers with a path and former issuers, the first project and its permissions, longest lifetimes. */
export class Projects1796200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await addProjectColumns(queryRunner);
    await createIssuers(queryRunner);
    await versionManagementKeys(queryRunner);
    await grantProjectPermissions(queryRunner);
    await queryRunner.createForeignKey("revoked_tokens", revokedTokensForeignKey);
  }

  /** Former issuers are lost, and one with a path is not found: the former version has neither. */
  async down(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    await queryRunner.dropForeignKey("revoked_tokens", revokedTokensForeignKey);
    await queryRunner.query(
      `UPDATE management_keys SET permissions = REPLACE(permissions, ',"projects:read","projects:write"', '')`,
    );
    await dropColumns(queryRunner, "management_keys", ["updated_at", "version"]);
    await addColumn(queryRunner, "projects", varchar("issuer_host", nullable));
    await queryRunner.query(
      "UPDATE projects SET issuer_host = location FROM project_issuers AS i " +
        "WHERE i.project_id = projects.project_id AND i.ends_at IS NULL AND i.location NOT LIKE '%/%'",
    );
    await queryRunner.createIndex("projects", hostIndex);
    await queryRunner.dropTable("project_issuers");
    await queryRunner.dropIndex("projects", projectsIndex);
    await dropColumns(queryRunner, "projects", [
      "is_first",
      "maximum_access_token_lifetime_seconds",
    ]);
  }
}

const hostIndex = new TableIndex({ columnNames: ["issuer_host"], isUnique: true });
const projectsIndex = new TableIndex({ columnNames: ["created_at", "project_id"] });

const revokedTokensForeignKey = new TableForeignKey({
  columnNames: ["project_id"],
  referencedTableName: "projects",
  referencedColumnNames: ["project_id"],
  onDelete: "CASCADE",
});

/** The first project is the oldest one. A maximum covers the lifetimes that the project has already. */
async function addProjectColumns(queryRunner: QueryRunner): Promise<void> {
  const { boolean, integer } = columnsFor(queryRunner);
  await addRequiredColumn(queryRunner, "projects", boolean("is_first"), "FALSE");
  const maximum = integer("maximum_access_token_lifetime_seconds");
  await addRequiredColumn(queryRunner, "projects", maximum, "86400");
  await queryRunner.createIndex("projects", projectsIndex);
  await queryRunner.query(
    "UPDATE projects SET is_first = TRUE WHERE project_id = " +
      "(SELECT project_id FROM projects ORDER BY created_at, project_id LIMIT 1)",
  );
  for (const table of ["projects", "apis", "clients", "client_grants"]) {
    const longest =
      "(SELECT MAX(owner.access_token_lifetime_seconds) " +
      `FROM ${table} AS owner WHERE owner.project_id = projects.project_id)`;
    await queryRunner.query(
      `UPDATE projects SET maximum_access_token_lifetime_seconds = ${longest} ` +
        `WHERE ${longest} > maximum_access_token_lifetime_seconds`,
    );
  }
}

async function createIssuers(queryRunner: QueryRunner): Promise<void> {
  const { varchar, date } = columnsFor(queryRunner);
  await queryRunner.createTable(
    new Table({
      name: "project_issuers",
      columns: [
        varchar("location", primary),
        varchar("project_id"),
        varchar("issuer"),
        date("ends_at", nullable),
      ],
      indices: [{ columnNames: ["project_id"] }, { columnNames: ["ends_at"] }],
      foreignKeys: [
        {
          columnNames: ["project_id"],
          referencedTableName: "projects",
          referencedColumnNames: ["project_id"],
          onDelete: "CASCADE",
        },
      ],
    }),
  );
  // Only an issuer from before a reversal can have a path: it had no host then.
  const location = "RTRIM(REPLACE(REPLACE(issuer, 'https://', ''), 'http://', ''), '/')";
  await queryRunner.query(
    "INSERT INTO project_issuers (location, project_id, issuer) " +
      `SELECT COALESCE(issuer_host, ${location}), project_id, issuer FROM projects WHERE issuer IS NOT NULL`,
  );
  await queryRunner.dropIndex("projects", hostIndex);
  await dropColumns(queryRunner, "projects", ["issuer_host"]);
}

async function versionManagementKeys(queryRunner: QueryRunner): Promise<void> {
  const { date, integer } = columnsFor(queryRunner);
  await addRequiredColumn(queryRunner, "management_keys", date("updated_at"), "created_at");
  await addRequiredColumn(queryRunner, "management_keys", integer("version"), "1");
}

/** Keys of the first project with all 22 former permissions get those over other projects. */
async function grantProjectPermissions(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(
    `UPDATE management_keys SET permissions = REPLACE(permissions, ']', ',"projects:read","projects:write"]') ` +
      "WHERE project_id = (SELECT project_id FROM projects WHERE is_first = TRUE) " +
      "AND LENGTH(permissions) - LENGTH(REPLACE(permissions, ':', '')) = 22",
  );
}
