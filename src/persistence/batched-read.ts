import DataLoader from "dataloader";
import { type EntityTarget, type FindOptionsWhere, In, type ObjectLiteral } from "typeorm";
import type { Caller } from "../shared/caller.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import type { UnitOfWork } from "./unit-of-work.js";

/**
 * Reads rows of the caller's project by a unique property. Rows that a request asks for at the same time take
 * one statement. Nothing is cached, so that a later operation of the request sees what an earlier one changed.
 */
export class BatchedRead<Entity extends ObjectLiteral & { projectId: string }> {
  readonly #loaders = new WeakMap<Caller, DataLoader<string, Entity | null>>();

  /** @param conditions conditions that a row must also meet */
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly entity: EntityTarget<Entity>,
    private readonly property: keyof Entity & string,
    private readonly conditions: () => FindOptionsWhere<Entity> = () => ({}),
  ) {}

  async find(caller: Caller, key: string): Promise<Entity | null> {
    if (!isWellFormedText(key)) return null;
    return this.#loaderFor(caller).load(key);
  }

  #loaderFor(caller: Caller): DataLoader<string, Entity | null> {
    const existing = this.#loaders.get(caller);
    if (existing) return existing;
    const loader = new DataLoader<string, Entity | null>(
      (keys) => this.#findAll(caller.projectId, keys),
      { cache: false },
    );
    this.#loaders.set(caller, loader);
    return loader;
  }

  async #findAll(projectId: string, keys: readonly string[]): Promise<(Entity | null)[]> {
    const where = { projectId, ...this.conditions(), [this.property]: In([...new Set(keys)]) };
    const rows = await this.unitOfWork.read.findBy(this.entity, where as FindOptionsWhere<Entity>);
    const byKey = new Map(rows.map((row) => [row[this.property] as string, row]));
    return keys.map((key) => byKey.get(key) ?? null);
  }
}
