import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  TableIndex,
} from "typeorm";
import { columnsFor, primary } from "./columns.js";
import { dropNameIndex, indexNames } from "./name-index.js";

const TERMS = "client_search_terms";
const FORMER = "former_search_terms";

const index = (...columnNames: string[]) => new TableIndex({ columnNames });

/** With the name, so that a walk through many names reads nothing but the index. */
const byTime = (...leading: string[]) =>
  ["created_at", "updated_at"].map((column) => index(...leading, column, "client_id", "name_key"));

const termIndices = [
  ...byTime("project_id", "term"),
  index("project_id", "term", "name_key", "client_id"),
];
const formerTermIndices = [index("project_id", "term", "client_id")];
const clientIndices = byTime("project_id");
const formerClientIndices = ["created_at", "updated_at"].map((column) =>
  index("project_id", column, "client_id"),
);

/** Terms carry what lists are ordered by, the status becomes one, and parts of names get an index. */
export class SearchOfClients1763600200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { varchar, date } = columnsFor(queryRunner);
    const order = [date("created_at"), date("updated_at"), varchar("name_key")];
    await replaceTerms(queryRunner, order, [
      `SELECT f.project_id, f.client_id, f.term, c.created_at, c.updated_at, c.name_key
       FROM ${FORMER} f JOIN clients c ON c.project_id = f.project_id AND c.client_id = f.client_id`,
      `SELECT project_id, client_id, 'status:' || status, created_at, updated_at, name_key FROM clients`,
    ]);
    await queryRunner.createIndices(TERMS, termIndices);
    await queryRunner.dropIndices("clients", formerClientIndices);
    await queryRunner.createIndices("clients", clientIndices);
    await indexNames(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropNameIndex(queryRunner);
    await queryRunner.dropIndices("clients", clientIndices);
    await queryRunner.createIndices("clients", formerClientIndices);
    await replaceTerms(
      queryRunner,
      [],
      [`SELECT project_id, client_id, term FROM ${FORMER} WHERE term NOT LIKE 'status:%'`],
    );
    await queryRunner.createIndices(TERMS, formerTermIndices);
  }
}

/** Makes the table of terms anew, without indices: over rows that are there they are built faster. */
async function replaceTerms(
  queryRunner: QueryRunner,
  columns: TableColumnOptions[],
  sources: string[],
): Promise<void> {
  const { varchar } = columnsFor(queryRunner);
  await queryRunner.query(`CREATE TABLE ${FORMER} AS SELECT * FROM ${TERMS}`);
  await queryRunner.dropTable(TERMS);
  await queryRunner.createTable(
    new Table({
      name: TERMS,
      columns: [
        varchar("project_id", primary),
        varchar("client_id", primary),
        varchar("term", primary),
        ...columns,
      ],
      foreignKeys: [
        {
          columnNames: ["project_id", "client_id"],
          referencedTableName: "clients",
          referencedColumnNames: ["project_id", "client_id"],
          onDelete: "CASCADE",
        },
      ],
      withoutRowid: columns.length > 0,
    }),
  );
  for (const source of sources) await queryRunner.query(`INSERT INTO ${TERMS} ${source}`);
  await queryRunner.query(`DROP TABLE ${FORMER}`);
}
