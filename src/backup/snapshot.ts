import type { Table, Value } from "./table.js";

/** All tables as they were at one moment, while others may write on. */
export interface Snapshot {
  database: "SQLite" | "PostgreSQL";
  /** Names of the migrations that made the schema, in their order. */
  migrations: readonly string[];
  /** Parents before what refers to them. */
  tables: readonly Table[];
  count(table: Table): Promise<number>;
  /** Batches of rows, with their values in the order of the columns. */
  rows(table: Table): AsyncIterable<readonly (readonly Value[])[]>;
}
