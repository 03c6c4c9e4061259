import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isObjectType,
} from "graphql";
import { getMetadataStorage } from "type-graphql";
import { readPermissionOf } from "../graphql-types/node.js";
import { ERROR_CODES_EXTENSION } from "../graphql-types/throws.js";
import {
  isOwnClientsPermission,
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

/** The permissions, one of which each field that needs one of its own asks for, by `Type.field`. */
export function permissionsByRelation(): Map<string, readonly Permission[]> {
  const { objectTypes } = getMetadataStorage();
  return new Map(
    objectTypes.flatMap(({ name, fields = [] }) =>
      fields.flatMap(({ schemaName, roles }) =>
        roles?.length ? [[`${name}.${schemaName}`, roles as Permission[]] as const] : [],
      ),
    ),
  );
}

/**
 * Makes each field that needs a permission nullable, so that its failure takes no other field's answer away
 * (ADR 0016). Adds the permission and the error codes to its description.
 * @throws Error for a root field that names neither one permission nor one beside that for the caller's own clients
 */
export function guardFields(schema: GraphQLSchema): GraphQLSchema {
  const requirements = permissionsByRootField();
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const [name, field] of Object.entries<Field>(type?.getFields() ?? {})) {
      guardField(name, field, requirements.get(name) ?? []);
    }
  }
  for (const [relation, permissions] of permissionsByRelation()) {
    const [typeName = "", name = ""] = relation.split(".");
    const type = schema.getType(typeName) as GraphQLObjectType;
    guardField(relation, type.getFields()[name] as Field, permissions);
  }
  assertObjectsGuarded(schema);
  return schema;
}

/** Objects that a mutation creates beside the one that its permission is about. */
const CREATED_TOO: readonly string[] = [
  "CreateProjectPayload.project",
  "CreateProjectPayload.managementKey",
];

/**
 * Whoever may write a kind of object may read in the payload what it has written, and whoever has a
 * credential what that stands for. Every other way from one object to another asks for the permission to
 * read the other one (ADR 0016).
 * @throws Error for a field that leads to an object and names no permission
 */
function assertObjectsGuarded(schema: GraphQLSchema): void {
  const guarded = permissionsByRelation();
  const ownKinds = resourcesByPayload(schema);
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    if (type === schema.getQueryType() || /(?:Connection|Edge)$/.test(type.name)) continue;
    for (const field of Object.values<Field>(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      const kind = getNamedType(field.type).name.replace(/Connection$/, "");
      const permission = readPermissionOf(kind);
      if (!permission || guarded.has(name) || CREATED_TOO.includes(name)) continue;
      const own = ownKinds.get(type.name);
      if (own === OWN_CREDENTIALS || own === resourceOf(permission)) continue;
      throw new Error(`${name} must name the permission ${permission}`);
    }
  }
}

/** What the mutation of each payload writes, such as `clients` for `clients:write`, by the payload's type. */
function resourcesByPayload(schema: GraphQLSchema): Map<string, string> {
  const requirements = permissionsByRootField();
  return new Map(
    Object.values<Field>(schema.getMutationType()?.getFields() ?? {}).map((field) => [
      getNamedType(field.type).name,
      resourceOf(requirements.get(field.name)?.[0] ?? ""),
    ]),
  );
}

function resourceOf(requirement: string): string {
  return requirement.split(":")[0] ?? "";
}

const REQUIREMENT_SENTENCES: ReadonlyMap<Requirement, string> = new Map([
  [OWN_CREDENTIALS, "No permission: it has its own credentials."],
  [PUBLIC, "No permission: it is public."],
  [OF_THE_OBJECT, "Permission: the read permission of what it finds."],
]);

function guardField(name: string, field: Field, requirements: readonly Requirement[]): void {
  const [requirement, own, ...others] = requirements;
  if (!requirement || others.length > 0 || (own && !isOwnClientsPermission(own))) {
    throw new Error(`${name} must name one permission`);
  }
  const alternative = own ? `, or \`${own}\` for the clients of the caller's owner` : "";
  const permission =
    REQUIREMENT_SENTENCES.get(requirement) ?? `Permission: \`${requirement}\`${alternative}.`;
  const codes = (field.extensions[ERROR_CODES_EXTENSION] ?? []) as string[];
  const errors = codes.length > 0 ? ` Errors: ${codes.join(", ")}.` : "";
  field.type = getNullableType(field.type);
  field.description = `${field.description} ${permission}${errors}`;
}
