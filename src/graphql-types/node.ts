import "reflect-metadata";
import { Field, ID, InterfaceType, ObjectType } from "type-graphql";
import type { Permission } from "../shared/permissions.js";

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
const readPermissions = new Map<string, Permission>();

/**
 * Declares an object type that implements Node.
 * @param naturalKey the property that identifies an object among those of its type in one project
 * @param options `permission` to read such objects
 */
export function NodeObjectType<Key extends string>(
  name: string,
  naturalKey: Key,
  { permission, ...options }: { description: string; permission: Permission },
) {
  return (target: abstract new () => { [Property in Key]: string }): void => {
    naturalKeys.set(name, naturalKey);
    readPermissions.set(name, permission);
    ObjectType(name, { ...options, implements: NodeType })(target);
  };
}

/** @returns undefined for a type that does not implement Node */
export function readPermissionOf(typeName: string): Permission | undefined {
  return readPermissions.get(typeName);
}

export function naturalKeyOf(typeName: string): string {
  const property = naturalKeys.get(typeName);
  if (property === undefined) throw new Error(`${typeName} is no Node`);
  return property;
}
