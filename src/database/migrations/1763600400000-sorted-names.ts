import type { MigrationInterface, QueryRunner } from "typeorm";

const COLUMNS = "id integer PRIMARY KEY, project_id varchar NOT NULL, client_id varchar NOT NULL";
const SORTED =
  "created_at datetime NOT NULL, updated_at datetime NOT NULL, name_key varchar NOT NULL";

/** The numbered names of SQLite carry what clients are ordered by; PostgreSQL has no such table. */
export class SortedNames1763600400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await replaceNames(queryRunner, [
      `CREATE TABLE client_names (${COLUMNS}, ${SORTED}, UNIQUE (project_id, client_id))`,
      `INSERT INTO client_names
         SELECT f.id, f.project_id, f.client_id, c.created_at, c.updated_at, c.name_key
         FROM former_names f
         JOIN clients c ON c.project_id = f.project_id AND c.client_id = f.client_id ORDER BY f.id`,
      `CREATE TRIGGER client_name_added AFTER INSERT ON clients BEGIN
         INSERT INTO client_names (project_id, client_id, created_at, updated_at, name_key)
           VALUES (new.project_id, new.client_id, new.created_at, new.updated_at, new.name_key);
         INSERT INTO client_name_trigrams (rowid, name_key) VALUES (last_insert_rowid(), new.name_key);
       END`,
      `CREATE TRIGGER client_name_sorted AFTER UPDATE OF created_at, updated_at, name_key ON clients BEGIN
         UPDATE client_names
           SET created_at = new.created_at, updated_at = new.updated_at, name_key = new.name_key
           WHERE project_id = new.project_id AND client_id = new.client_id;
       END`,
    ]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceNames(queryRunner, [
      "DROP TRIGGER client_name_sorted",
      `CREATE TABLE client_names (${COLUMNS}, UNIQUE (project_id, client_id))`,
      "INSERT INTO client_names SELECT id, project_id, client_id FROM former_names",
      `CREATE TRIGGER client_name_added AFTER INSERT ON clients BEGIN
         INSERT INTO client_names (project_id, client_id) VALUES (new.project_id, new.client_id);
         INSERT INTO client_name_trigrams (rowid, name_key) VALUES (last_insert_rowid(), new.name_key);
       END`,
    ]);
  }
}

/** The index of their parts stays as it is: names keep their numbers. */
async function replaceNames(queryRunner: QueryRunner, statements: string[]): Promise<void> {
  if (queryRunner.dataSource.options.type === "postgres") return;
  for (const statement of [
    "DROP TRIGGER client_name_added",
    "CREATE TABLE former_names AS SELECT * FROM client_names",
    "DROP TABLE client_names",
    ...statements,
    "DROP TABLE former_names",
  ]) {
    await queryRunner.query(statement);
  }
}
