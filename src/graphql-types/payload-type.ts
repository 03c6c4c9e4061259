import { type ClassType, Field, ObjectType } from "type-graphql";

export interface PayloadField {
  type: () => ClassType | object;
  description: string;
  nullable?: boolean;
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
  for (const [property, { type, ...options }] of Object.entries(fields)) {
    Field(type as () => ClassType, options)(Payload.prototype, property);
  }
  ObjectType(name, { description })(Payload);
  return Payload;
}
