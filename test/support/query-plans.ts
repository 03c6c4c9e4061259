import type { DataSource, EntityManager, Logger } from "typeorm";
import { PreparedRead } from "../../src/persistence/prepared-read.js";
import type { Services } from "../../src/services.js";

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** Runs the work and returns the statements that it sent to the database, without those that only insert. */
export async function recordStatements(
  services: Services,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const statements = await recordAllStatements(services, work);
  return statements.filter(({ sql }) => /^(SELECT|UPDATE|DELETE)/.test(sql));
}

/** Runs the work and returns all statements that it sent to the database, those of transactions too. */
export async function recordAllStatements(
  { unitOfWork }: Services,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  const log = (sql: string, parameters: unknown[] = []) => statements.push({ sql, parameters });
  const writer = await unitOfWork.write(async ({ dataSource }) => dataSource);
  const dataSources = new Set<DataSource>([writer, unitOfWork.read.dataSource]);
  const loggers = [...dataSources].map(({ logger }) => logger);
  for (const dataSource of dataSources) dataSource.logger = { logQuery: log } as unknown as Logger;
  // Prepared reads call the driver themselves.
  const { first } = PreparedRead.prototype;
  PreparedRead.prototype.first = function (...values) {
    log(this.sql, values);
    return first.apply(this, values);
  };
  try {
    await work();
  } finally {
    PreparedRead.prototype.first = first;
    for (const dataSource of dataSources) dataSource.logger = loggers.shift() as Logger;
  }
  return statements;
}

/** The database's plan for the statement, one line for each step. */
export async function explain(
  manager: EntityManager,
  { sql, parameters }: Statement,
): Promise<string[]> {
  if (manager.dataSource.options.type === "postgres") {
    const rows: { "QUERY PLAN": string }[] = await manager.query(`EXPLAIN ${sql}`, parameters);
    return rows.map((row) => row["QUERY PLAN"]);
  }
  const numbers = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
  const rows: { detail: string }[] = await manager.query(
    `EXPLAIN QUERY PLAN ${sql.replace(/\$\d+/g, "?")}`,
    numbers.length > 0 ? numbers.map((number) => parameters[number - 1]) : parameters,
  );
  return rows.map(({ detail }) => detail);
}
