import type { DataSource, EntityManager, Logger } from "typeorm";
import type { Services } from "../../src/services.js";

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** Runs the work and returns the statements that it sent to the database. */
export async function recordStatements(
  { unitOfWork }: Services,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  const log = (sql: string, parameters: unknown[] = []) => statements.push({ sql, parameters });
  const writer = await unitOfWork.write(async ({ dataSource }) => dataSource);
  const dataSources = new Set<DataSource>([writer, unitOfWork.read.dataSource]);
  const loggers = [...dataSources].map(({ logger }) => logger);
  for (const dataSource of dataSources) dataSource.logger = { logQuery: log } as unknown as Logger;
  await work();
  for (const dataSource of dataSources) dataSource.logger = loggers.shift() as Logger;
  return statements.filter(({ sql }) => /^(SELECT|UPDATE|DELETE)/.test(sql));
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
  const rows: { detail: string }[] = await manager.query(`EXPLAIN QUERY PLAN ${sql}`, parameters);
  return rows.map(({ detail }) => detail);
}
