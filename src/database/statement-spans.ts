import { SpanKind } from "@opentelemetry/api";
import type { DataSource, QueryRunner } from "typeorm";
import { databaseSystem } from "../persistence/database-system.js";
import { inSpan, isTraced } from "../shared/tracing.js";

/** TypeORM quotes the names of tables, and every value is a parameter. */
const TABLE = /\b(?:FROM|INTO|UPDATE)\s+"(\w+)"/;
const OPERATION = /^\s*([A-Z]+)/;

/** Makes each statement a span, without its text and its parameters. */
export function traceStatements(dataSource: DataSource): void {
  if (!isTraced()) return;
  const { driver } = dataSource;
  const system = databaseSystem(dataSource);
  const create = driver.createQueryRunner.bind(driver);
  const traced = new WeakSet<QueryRunner>();
  driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    // SQLite has one for all.
    if (traced.has(runner)) return runner;
    traced.add(runner);
    const query: QueryRunner["query"] = runner.query.bind(runner);
    const tracedQuery = (...statement: Parameters<typeof query>) => {
      const [sql] = statement;
      const operation = OPERATION.exec(sql)?.[1] ?? "_OTHER";
      const summary = [operation, TABLE.exec(sql)?.[1]].filter(Boolean).join(" ");
      const attributes = {
        "db.system.name": system,
        "db.operation.name": operation,
        "db.query.summary": summary,
      };
      return inSpan(summary, attributes, () => query(...statement), SpanKind.CLIENT);
    };
    runner.query = tracedQuery as typeof query;
    return runner;
  };
}
