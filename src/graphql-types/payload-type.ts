import { Authorized, type ClassType, Field, ObjectType } from "type-graphql";
import type { Permission, Requirement } from "../shared/permissions.js";

export interface PayloadField {
  type: () => ClassType | object;
  description: string;
  nullable?: boolean;
  /** Whether the value may be a function, which graphql-js calls when the field is selected. */
  simple?: boolean;
  /** Permission to read the field; absent: who may call the mutation may read it. */
  permission?: Permission;
}

/**
 * Declares the payload of a mutation.
 * @param description the description of the first field if absent
 */
export function payloadType(
  name: string,
  fields: Readonly<Record<string, PayloadField>>,
  description = Object.values(fields)[0]?.description ?? "",
): ClassType {
  class Payload {}
  for (const [property, { type, permission, ...options }] of Object.entries(fields)) {
    Field(type as () => ClassType, options)(Payload.prototype, property);
    if (permission) Authorized<Requirement>(permission)(Payload.prototype, property);
  }
  ObjectType(name, { description })(Payload);
  return Payload;
}
