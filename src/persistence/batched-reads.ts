import DataLoader from "dataloader";
import { type EntityTarget, type FindOptionsWhere, In, type ObjectLiteral } from "typeorm";
import type { Caller } from "../shared/caller.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import type { UnitOfWork } from "./unit-of-work.js";

/**
 * Options of a loader that only batches. The batches keep a statement far below the databases' limits of
 * parameters.
 */
export const UNCACHED = { cache: false, maxBatchSize: 1000 } as const;

type Loader = DataLoader<string, ObjectLiteral | null>;

/**
 * Reads single rows of the caller's project. Rows of one entity that a request asks for at the same time take
 * one statement. Nothing is cached, so that a later operation of the request sees what an earlier one changed.
 */
export class BatchedReads {
  /** Each request has a caller of its own. */
  readonly #loaders = new WeakMap<Caller, Map<EntityTarget<ObjectLiteral>, Loader>>();

  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * @param property a property that is unique within a project; an entity is always read by the same one
   * @param conditions what the row must meet besides
   */
  async find<Entity extends ObjectLiteral & { projectId: string }>(
    caller: Caller,
    entity: new () => Entity,
    property: keyof Entity & string,
    key: string,
    conditions: FindOptionsWhere<Entity> = {},
  ): Promise<Entity | null> {
    if (!isWellFormedText(key)) return null;
    const loaders = this.#loaders.get(caller) ?? new Map<EntityTarget<ObjectLiteral>, Loader>();
    this.#loaders.set(caller, loaders);
    const where = { ...conditions, projectId: caller.projectId };
    const loader = loaders.get(entity) ?? this.#createLoader(entity, property, where);
    loaders.set(entity, loader);
    return (await loader.load(key)) as Entity | null;
  }

  #createLoader<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    property: string,
    where: object,
  ): Loader {
    return new DataLoader<string, ObjectLiteral | null>(async (keys) => {
      const matching = { ...where, [property]: In([...new Set(keys)]) };
      const rows = await this.unitOfWork.read.findBy(entity, matching as FindOptionsWhere<Entity>);
      const byKey = new Map(rows.map((row) => [row[property] as string, row]));
      return keys.map((key) => byKey.get(key) ?? null);
    }, UNCACHED);
  }
}
