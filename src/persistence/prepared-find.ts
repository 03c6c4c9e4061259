import { PreparedRead } from "./prepared-read.js";
import type { UnitOfWork } from "./unit-of-work.js";

/**
 * Prepares the read of an entity by properties that hold text, for what is found often. It sees what
 * `UnitOfWork.read` sees.
 */
export function prepareFind<Entity extends object, Properties extends (keyof Entity & string)[]>(
  unitOfWork: UnitOfWork,
  entity: new () => Entity,
  ...properties: Properties
): (...values: { [Property in keyof Properties]: string }) => Promise<Entity | null> {
  const { dataSource } = unitOfWork.read;
  const { tableName, columns } = dataSource.getMetadata(entity);
  const conditions = properties.map((property, index) => {
    const column = columns.find(({ propertyName }) => propertyName === property);
    return `found."${column?.databaseName}" = $${index + 1}`;
  });
  const read = new PreparedRead<{ found: Entity }>(
    `${tableName}-by-${properties.at(-1)}`,
    dataSource,
    { found: { entity: entity as never } },
    `FROM "${tableName}" AS found WHERE ${conditions.join(" AND ")}`,
  );
  return async (...values) => (await unitOfWork.first(read, ...values))?.found ?? null;
}
