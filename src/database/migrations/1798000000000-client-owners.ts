import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";
import { addColumn, columnsFor, dropColumns, nullable } from "./columns.js";

/** Whoever may manage all clients may also grant what manages the clients of an owner. */
const ADDED_BESIDE = {
  "clients:read": "own_clients:read",
  "clients:write": "own_clients:write",
} as const;

/** Owners of clients. Management keys get the permissions that theirs contain. */
export class ClientOwners1798000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar } = columnsFor(queryRunner);
    await addColumn(queryRunner, "clients", varchar("owner_type", nullable));
    await addColumn(queryRunner, "clients", varchar("owner_id", nullable));
    await queryRunner.createIndex("clients", ownedClients());
    for (const [beside, added] of Object.entries(ADDED_BESIDE)) {
      await replaceInPermissions(queryRunner, `"${beside}"`, `"${beside}","${added}"`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const added of Object.values(ADDED_BESIDE)) {
      for (const text of [`,"${added}"`, `"${added}",`, `"${added}"`]) {
        await replaceInPermissions(queryRunner, text, "");
      }
    }
    await queryRunner.query("DELETE FROM client_search_terms WHERE term LIKE 'owner:%'");
    await queryRunner.dropIndex("clients", ownedClients());
    await dropColumns(queryRunner, "clients", ["owner_type", "owner_id"]);
  }
}

const ownedClients = () =>
  new TableIndex({
    columnNames: ["project_id", "owner_type", "owner_id"],
    where: '"owner_type" IS NOT NULL',
  });

/** The column contains a JSON array of names. */
async function replaceInPermissions(queryRunner: QueryRunner, from: string, to: string) {
  await queryRunner.query(
    `UPDATE management_keys SET permissions = REPLACE(permissions, '${from}', '${to}')
      WHERE permissions LIKE '%${from}%'`,
  );
}
