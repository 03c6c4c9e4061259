import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { decodeGlobalId } from "../shared/global-id.js";

interface Finder {
  /** Finds an object of one type by its natural key. @throws FORBIDDEN without the type's read permission */
  find(caller: Caller, key: string): Promise<object | null>;
}

/** An object with the name of its type, by which GraphQL tells it from those of other types. */
export type NodeObject = object & { __typename: string };

/** Finds objects of every type that implements Node. */
export class Nodes {
  readonly #finders: ReadonlyMap<string, Finder>;

  /** @param finders by type name */
  constructor(finders: Readonly<Record<string, Finder>>) {
    this.#finders = new Map(Object.entries(finders));
  }

  /**
   * @param id global id
   * @returns null for an unknown, foreign or malformed id, and for an object that the caller may not read
   */
  async find(caller: Caller, id: string): Promise<NodeObject | null> {
    const globalId = decodeGlobalId(id);
    if (!globalId) return null;
    // A project is the only kind of object that callers may read outside of their own project.
    const isReachable = globalId.projectId === caller.projectId || globalId.type === "Project";
    if (!isReachable) return null;
    return this.#find(caller, globalId.type, globalId.key);
  }

  /** @param targetType the type's name as in an audit event, such as `clientGrant` */
  async findTarget(caller: Caller, targetType: string, key: string): Promise<NodeObject | null> {
    return this.#find(caller, targetType.charAt(0).toUpperCase() + targetType.slice(1), key);
  }

  async #find(caller: Caller, type: string, key: string): Promise<NodeObject | null> {
    try {
      const found = (await this.#finders.get(type)?.find(caller, key)) ?? null;
      return found && Object.assign(found, { __typename: type });
    } catch (error) {
      if (error instanceof CountersignError && error.code === "FORBIDDEN") return null;
      throw error;
    }
  }
}
