import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNullableType,
} from "graphql";
import { getMetadataStorage } from "type-graphql";
import { ERROR_CODES_EXTENSION } from "../graphql-types/throws.js";
import {
  OF_THE_OBJECT,
  OWN_CREDENTIALS,
  type Permission,
  PUBLIC,
  type Requirement,
} from "../shared/permissions.js";

type Field = GraphQLField<unknown, unknown>;

/** The permissions of each root field, from `@Authorized` on its resolver method. */
export function permissionsByRootField(): Map<string, readonly Requirement[]> {
  const { queries, mutations } = getMetadataStorage();
  return new Map(
    [...queries, ...mutations].map(({ schemaName, roles = [] }) => [schemaName, roles]),
  );
}

/** The permission of each relation that needs one of its own, by `Type.field`. */
export function permissionsByRelation(): Map<string, Permission> {
  const { fieldResolvers, objectTypes } = getMetadataStorage();
  const nameOf = (target: unknown) => objectTypes.find((type) => type.target === target)?.name;
  return new Map(
    fieldResolvers.flatMap(({ getObjectType, schemaName, roles = [] }) =>
      roles.map((role) => [`${nameOf(getObjectType?.())}.${schemaName}`, role as Permission]),
    ),
  );
}

/**
 * Makes each field that needs a permission nullable, so that its failure takes no other field's answer away
 * (ADR 0016). Adds the permission and the error codes to its description.
 * @throws Error for a root field that does not name exactly one permission
 */
export function guardFields(schema: GraphQLSchema): GraphQLSchema {
  const requirements = permissionsByRootField();
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const [name, field] of Object.entries<Field>(type?.getFields() ?? {})) {
      const [requirement, ...others] = requirements.get(name) ?? [];
      if (!requirement || others.length > 0) throw new Error(`${name} must name one permission`);
      guardField(field, requirement);
    }
  }
  for (const [relation, permission] of permissionsByRelation()) {
    const [typeName = "", name = ""] = relation.split(".");
    const type = schema.getType(typeName) as GraphQLObjectType;
    guardField(type.getFields()[name] as Field, permission);
  }
  return schema;
}

const REQUIREMENT_SENTENCES: ReadonlyMap<Requirement, string> = new Map([
  [OWN_CREDENTIALS, "No permission: it has its own credentials."],
  [PUBLIC, "No permission: it is public."],
  [OF_THE_OBJECT, "Permission: the read permission of what it finds."],
]);

function guardField(field: Field, requirement: Requirement): void {
  const permission = REQUIREMENT_SENTENCES.get(requirement) ?? `Permission: \`${requirement}\`.`;
  const codes = (field.extensions[ERROR_CODES_EXTENSION] ?? []) as string[];
  const errors = codes.length > 0 ? ` Errors: ${codes.join(", ")}.` : "";
  field.type = getNullableType(field.type);
  field.description = `${field.description} ${permission}${errors}`;
}
