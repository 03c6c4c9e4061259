import { type MigrationInterface, type QueryRunner, Table } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable, primary } from "./columns.js";

/** Gives each secret of a client a row, with its own status and times. */
export class ClientSecrets1796100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, date } = columnsFor(queryRunner);
    const table = new Table({
      name: "client_secrets",
      columns: [
        varchar("secret_id", primary),
        varchar("project_id"),
        varchar("client_id"),
        varchar("status"),
        varchar("hash"),
        varchar("last_four", nullable),
        date("created_at"),
        date("expires_at", nullable),
        date("last_used_at", nullable),
      ],
      indices: [
        { columnNames: ["project_id", "client_id", "status"], isUnique: true },
        {
          columnNames: ["project_id", "client_id"],
          isUnique: true,
          where: "status <> 'CURRENT'",
        },
        { columnNames: ["expires_at"] },
      ],
      foreignKeys: [
        {
          columnNames: ["project_id", "client_id"],
          referencedTableName: "clients",
          referencedColumnNames: ["project_id", "client_id"],
          onDelete: "CASCADE",
        },
      ],
    });
    await queryRunner.createTable(table);
    // When a current secret was made is not known: it is not older than its client. The last use of a client
    // was that of its current secret, as far as is known.
    await copySecrets(queryRunner, "CURRENT", "secret", "created_at", "last_used_at");
    await copySecrets(queryRunner, "NEXT", "next_secret", "updated_at", "NULL");
    await dropColumns(queryRunner, "clients", FORMER_COLUMNS);
  }

  /**
   * Keeps the current and next secrets without an end. The former version cannot express an end: a secret
   * that has one, be it past or to come, would be valid for ever. It is dropped, and its client needs a new one.
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    for (const column of FORMER_COLUMNS) {
      await addColumn(queryRunner, "clients", varchar(column, nullable));
    }
    for (const [status, prefix] of [
      ["CURRENT", "secret"],
      ["NEXT", "next_secret"],
    ]) {
      const select = (column: string) =>
        `(SELECT ${column} FROM client_secrets secret WHERE secret.project_id = clients.project_id
          AND secret.client_id = clients.client_id AND secret.status = '${status}'
          AND secret.expires_at IS NULL)`;
      await queryRunner.query(
        `UPDATE clients SET ${prefix}_hash = ${select("hash")}, ${prefix}_last_four = ${select("last_four")}`,
      );
    }
    await queryRunner.dropTable("client_secrets");
  }
}

const FORMER_COLUMNS = [
  "secret_hash",
  "secret_last_four",
  "next_secret_hash",
  "next_secret_last_four",
];

async function copySecrets(
  queryRunner: QueryRunner,
  status: string,
  prefix: string,
  createdAt: string,
  lastUsedAt: string,
): Promise<void> {
  const isPostgres = queryRunner.dataSource.options.type === "postgres";
  const random = isPostgres
    ? "replace(CAST(gen_random_uuid() AS text), '-', '')"
    : "lower(hex(randomblob(16)))";
  const isUsed = `CAST(${lastUsedAt} AS timestamp with time zone)`;
  await queryRunner.query(
    `INSERT INTO client_secrets (secret_id, project_id, client_id, status, hash, last_four, created_at, last_used_at)
     SELECT 'secret_' || ${random}, project_id, client_id, '${status}', ${prefix}_hash, ${prefix}_last_four,
       ${createdAt}, ${isPostgres ? isUsed : lastUsedAt}
     FROM clients WHERE ${prefix}_hash IS NOT NULL`,
  );
}
