import { createHash } from "node:crypto";
import { type MigrationInterface, type QueryRunner, TableIndex } from "typeorm";

const CLIENTS_PER_STEP = 500;

const CLIENT_INDICES = [
  new TableIndex({ columnNames: ["project_id", "last_used_at", "client_id"] }),
  new TableIndex({ columnNames: ["project_id", "expires_at", "client_id"] }),
];
const SECRETS_BY_AGE = new TableIndex({
  columnNames: ["project_id", "status", "created_at", "client_id"],
});
const GRANTS_BY_API = new TableIndex({
  name: "client_grants_by_api",
  columnNames: ["api_id", "project_id", "client_id"],
});
const FORMER_GRANTS_BY_API = new TableIndex({ columnNames: ["api_id"] });

interface ClientRow {
  project_id: string;
  client_id: string;
  trusted_metadata: string;
}

/** Adds what lists of clients are filtered by: times, ages of secrets, grants on APIs, and values of metadata. */
export class ClientSearchConditions1796500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndices("clients", CLIENT_INDICES);
    await queryRunner.createIndex("client_secrets", SECRETS_BY_AGE);
    await queryRunner.createIndex("client_grants", GRANTS_BY_API);
    await queryRunner.dropIndex("client_grants", FORMER_GRANTS_BY_API);
    await insertValueTerms(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DELETE FROM client_search_terms WHERE term LIKE 'metadata-value:%'");
    await queryRunner.createIndex("client_grants", FORMER_GRANTS_BY_API);
    await queryRunner.dropIndex("client_grants", GRANTS_BY_API);
    await queryRunner.dropIndex("client_secrets", SECRETS_BY_AGE);
    await queryRunner.dropIndices("clients", CLIENT_INDICES);
  }
}

async function insertValueTerms(queryRunner: QueryRunner): Promise<void> {
  const run = (sql: string, parameters: object) =>
    queryRunner.query(
      ...queryRunner.dataSource.driver.escapeQueryWithParameters(sql, { ...parameters }),
    );
  let last = { project_id: "", client_id: "" };
  for (;;) {
    const clients: ClientRow[] = await run(
      `SELECT project_id, client_id, trusted_metadata FROM clients
       WHERE (project_id, client_id) > (:projectId, :clientId)
       ORDER BY project_id, client_id LIMIT ${CLIENTS_PER_STEP}`,
      { projectId: last.project_id, clientId: last.client_id },
    );
    const terms = clients.flatMap((client) =>
      valueTerms(client).map((term) => [client.project_id, client.client_id, term]),
    );
    if (terms.length > 0) {
      const values = terms.map((_, at) => `(:...row${at})`).join(", ");
      await run(
        `INSERT INTO client_search_terms
           (project_id, client_id, term, created_at, updated_at, normalized_name)
         SELECT client.project_id, client.client_id, added.column3,
           client.created_at, client.updated_at, client.normalized_name
         FROM (VALUES ${values}) AS added
         JOIN clients client
           ON client.project_id = added.column1 AND client.client_id = added.column2`,
        Object.fromEntries(terms.map((row, at) => [`row${at}`, row])),
      );
    }
    const lastClient = clients.at(-1);
    if (!lastClient) return;
    last = lastClient;
  }
}

function valueTerms({ trusted_metadata }: ClientRow): string[] {
  const metadata = Object.entries(JSON.parse(trusted_metadata) as Record<string, unknown>);
  return metadata
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const pair = JSON.stringify([key, text]);
      return `metadata-value:${createHash("sha256").update(pair).digest("base64url")}`;
    });
}
