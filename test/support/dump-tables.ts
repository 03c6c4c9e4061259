import type { Services } from "../../src/services.js";

/** Every row of every table, as one text to look for something in. */
export async function dumpTables({ unitOfWork }: Services): Promise<string> {
  const { dataSource } = unitOfWork.read;
  const rows = [];
  for (const { tableName } of dataSource.entityMetadatas) {
    rows.push(tableName, await dataSource.query(`SELECT * FROM "${tableName}"`));
  }
  return JSON.stringify(rows);
}
