import type { QueryRunner } from "typeorm";

/**
 * Which names contain some three characters. TypeORM knows nothing of these: they follow the
 * column clients.name_key by themselves.
 */
export async function indexNames(queryRunner: QueryRunner): Promise<void> {
  if (isPostgres(queryRunner)) await indexOnPostgres(queryRunner);
  else for (const statement of SQLITE) await queryRunner.query(statement);
}

export async function dropNameIndex(queryRunner: QueryRunner): Promise<void> {
  const statements = isPostgres(queryRunner)
    ? [
        "DROP INDEX IF EXISTS client_name_trigrams",
        "ALTER TABLE clients ALTER COLUMN name_key SET STATISTICS -1",
      ]
    : [
        ...["added", "changed", "deleted"].map((event) => `DROP TRIGGER client_name_${event}`),
        "DROP TABLE client_name_trigrams",
        "DROP TABLE client_names",
      ];
  for (const statement of statements) await queryRunner.query(statement);
}

const isPostgres = ({ dataSource }: QueryRunner) => dataSource.options.type === "postgres";

/**
 * The full-text index knows rows by a number, and a client has none that lasts: VACUUM may change
 * the rowid of a table whose primary key is none.
 */
const SQLITE = [
  `CREATE TABLE client_names (
     id integer PRIMARY KEY, project_id varchar NOT NULL, client_id varchar NOT NULL,
     UNIQUE (project_id, client_id))`,
  `CREATE VIRTUAL TABLE client_name_trigrams USING fts5(
     name_key, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1')`,
  `INSERT INTO client_names (project_id, client_id) SELECT project_id, client_id FROM clients`,
  `INSERT INTO client_name_trigrams (rowid, name_key)
     SELECT n.id, c.name_key FROM client_names n
     JOIN clients c ON c.project_id = n.project_id AND c.client_id = n.client_id ORDER BY n.id`,
  `CREATE TRIGGER client_name_added AFTER INSERT ON clients BEGIN
     INSERT INTO client_names (project_id, client_id) VALUES (new.project_id, new.client_id);
     INSERT INTO client_name_trigrams (rowid, name_key) VALUES (last_insert_rowid(), new.name_key);
   END`,
  `CREATE TRIGGER client_name_changed AFTER UPDATE OF name_key ON clients
     WHEN new.name_key <> old.name_key BEGIN
     INSERT OR REPLACE INTO client_name_trigrams (rowid, name_key)
       SELECT id, new.name_key FROM client_names
       WHERE project_id = new.project_id AND client_id = new.client_id;
   END`,
  `CREATE TRIGGER client_name_deleted AFTER DELETE ON clients BEGIN
     DELETE FROM client_name_trigrams WHERE rowid = (SELECT id FROM client_names
       WHERE project_id = old.project_id AND client_id = old.client_id);
     DELETE FROM client_names WHERE project_id = old.project_id AND client_id = old.client_id;
   END`,
];

/** pg_trgm ships with PostgreSQL, but not every server lets us have it: then all names are read. */
async function indexOnPostgres(queryRunner: QueryRunner): Promise<void> {
  // how many names match is estimated from a sample, which by default has a hundred names
  await queryRunner.query("ALTER TABLE clients ALTER COLUMN name_key SET STATISTICS 1000");
  await queryRunner.startTransaction();
  try {
    await queryRunner.query("CREATE EXTENSION IF NOT EXISTS pg_trgm");
    // without a list of pending entries, which every search would read from end to end
    await queryRunner.query(
      `CREATE INDEX client_name_trigrams ON clients
       USING gin (name_key gin_trgm_ops) WITH (fastupdate = off)`,
    );
    await queryRunner.commitTransaction();
  } catch {
    await queryRunner.rollbackTransaction();
  }
  await queryRunner.query("ANALYZE clients");
  await queryRunner.query("ANALYZE client_search_terms");
}
