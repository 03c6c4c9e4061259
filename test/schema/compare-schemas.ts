import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  isInterfaceType,
} from "graphql";

/** What would fail a client that was generated from the released schema. */
export function breakingChanges(released: string, current: string): string[] {
  return findBreakingChanges(buildSchema(released), buildSchema(current))
    .map(({ description }) => description)
    .sort();
}

/** What may change the behaviour of a client that was generated from the released schema. */
export function dangerousChanges(released: string, current: string): string[] {
  const [before, after] = [buildSchema(released), buildSchema(current)];
  const found = findDangerousChanges(before, after).map(({ description }) => description);
  return [...found, ...newImplementations(before, after)].sort();
}

/** graphql-js reports a new member of a union, but not a new type that implements an interface. */
function newImplementations(before: GraphQLSchema, after: GraphQLSchema): string[] {
  return Object.values(before.getTypeMap())
    .filter(isInterfaceType)
    .flatMap((known) => {
      const current = after.getType(known.name);
      if (!isInterfaceType(current)) return [];
      const added = after.getPossibleTypes(current).filter(({ name }) => !before.getType(name));
      return added.map((type) => `${type} was added to the types that implement ${known}.`);
    });
}
