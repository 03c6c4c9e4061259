import { Field, ID, InterfaceType, ObjectType } from "type-graphql";

@InterfaceType("Node", {
  description: "An object with a global id, by which `node` finds it and clients cache it.",
  resolveType: ({ __typename }: { __typename: string }) => __typename,
})
export abstract class NodeType {
  @Field(() => ID, {
    description: "Opaque id, unique among all objects of all types; pass it to `node`.",
  })
  id!: string;
}

const naturalKeys = new Map<string, string>();

/**
 * Declares an object type that implements Node.
 * @param naturalKey the property that identifies an object among those of its type in one project
 */
export function NodeObjectType<Key extends string>(
  name: string,
  naturalKey: Key,
  options: { description: string },
) {
  return (target: abstract new () => { [Property in Key]: string }): void => {
    naturalKeys.set(name, naturalKey);
    ObjectType(name, { ...options, implements: NodeType })(target);
  };
}

export function naturalKeyOf(typeName: string): string {
  const property = naturalKeys.get(typeName);
  if (property === undefined) throw new Error(`${typeName} is no Node`);
  return property;
}
