import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from "graphql";

/** Each pair takes graphql-js up to a microsecond. A hundred fields of one name, each with one field below it, are 9,900 pairs. */
const MAX_PAIRS = 20_000;
/** Fields of all operations, counting a fragment as often as it is spread. */
const MAX_FIELDS = 25_000;
/** Introspection nests deepest. */
const MAX_DEPTH = 30;

type Fragments = ReadonlyMap<string, SelectionSetNode>;

/**
 * Whether validation would compare too many fields of the same name with each other (GraphQL section 5.3.2).
 * Merges selections as execution does (GraphQL section 6.3.2), and counts the pairs that merge.
 */
export function hasTooManyPairs({ definitions }: DocumentNode): boolean {
  const fragments: Fragments = new Map(
    definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [],
    ),
  );
  const count = new PairCount(fragments);
  return !definitions.every((one) => !("selectionSet" in one) || count.add([one.selectionSet]));
}

class PairCount {
  #pairs = 0;
  #fields = 0;

  constructor(private readonly fragments: Fragments) {}

  /**
   * @param depth the fields around these selections. Fragments that spread themselves end at the limit; another
   *   rule refuses them
   * @returns false once there are too many
   */
  add(selectionSets: readonly SelectionSetNode[], depth = 0): boolean {
    if (depth > MAX_DEPTH) return true;
    const spread = new Set<string>();
    const groups = new Map<string, FieldNode[]>();
    for (const selectionSet of selectionSets) this.#collect(selectionSet, groups, spread);
    for (const fields of groups.values()) {
      this.#fields += fields.length;
      this.#pairs += (fields.length * (fields.length - 1)) / 2;
      if (this.#pairs > MAX_PAIRS || this.#fields > MAX_FIELDS) return false;
      const children = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (children.length > 0 && !this.add(children, depth + 1)) return false;
    }
    return true;
  }

  #collect(
    selectionSet: SelectionSetNode | undefined,
    groups: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): void {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const fields = groups.get(name);
        if (fields) fields.push(selection);
        else groups.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#collect(selection.selectionSet, groups, spread);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        this.#collect(this.fragments.get(selection.name.value), groups, spread);
      }
    }
  }
}
