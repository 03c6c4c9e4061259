import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import { permissionsByRootField } from "../graphql/field-permissions.js";
import { ERROR_CODES_EXTENSION } from "../graphql-types/throws.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";

/** The groups of operations, by what their permission is about. */
const GROUPS: Readonly<Record<string, string>> = {
  clients: "Clients and their grants",
  apis: "APIs",
  tokens: "Tokens",
  profiles: "Trusted auth profiles",
  sessions: "Sessions",
  organizations: "Organizations",
  members: "Members",
  signing_keys: "Signing keys",
  settings: "The project",
  projects: "Projects",
  management_keys: "Management keys",
  audit: "Audit log",
};
const OTHERS = "Everything else";

export interface OperationDescription {
  name: string;
  kind: "mutation" | "query";
  group: string;
  requirements: readonly Requirement[];
  errors: readonly string[];
  description: string;
  inputs: readonly { name: string; isRequired: boolean }[];
  answer: readonly string[];
}

export const OPERATION_GROUPS: readonly string[] = [...Object.values(GROUPS), OTHERS];

/** The root fields of the schema, in alphabetical order. */
export function describeOperations(schema: GraphQLSchema): OperationDescription[] {
  const requirements = permissionsByRootField();
  const describe = (kind: "mutation" | "query") => {
    const type = kind === "mutation" ? schema.getMutationType() : schema.getQueryType();
    return Object.values<GraphQLField<unknown, unknown>>(type?.getFields() ?? {}).map(
      (field): OperationDescription => ({
        name: field.name,
        kind,
        group: groupOf(field.name, requirements.get(field.name) ?? []),
        requirements: requirements.get(field.name) ?? [],
        errors: (field.extensions[ERROR_CODES_EXTENSION] ?? []) as string[],
        description: withoutGenerated(field.description ?? ""),
        inputs: inputsOf(field),
        answer: answerOf(field),
      }),
    );
  };
  const operations = [...describe("mutation"), ...describe("query")];
  return operations.sort((a, b) => a.name.localeCompare(b.name));
}

function groupOf(name: string, [requirement]: readonly Requirement[]): string {
  if (requirement === OWN_CREDENTIALS) {
    return GROUPS[name.endsWith("Session") ? "sessions" : "tokens"] ?? OTHERS;
  }
  const resource = (requirement ?? "").replace(/^own_/, "").split(":")[0] ?? "";
  return GROUPS[resource] ?? OTHERS;
}

/** The sentences that the schema appends, which have places of their own here. */
function withoutGenerated(description: string): string {
  return description.replace(
    / (?:Permission: [^.]*|No permission: it [^.]*)\.(?: Errors: .*)?$/,
    "",
  );
}

function inputsOf({ args }: GraphQLField<unknown, unknown>): OperationDescription["inputs"] {
  const input = args.find(({ name }) => name === "input");
  const type = input && getNamedType(input.type);
  return isInputObjectType(type)
    ? Object.values(type.getFields()).map((field) => ({
        name: field.name,
        isRequired: isRequiredInputField(field),
      }))
    : args.map((argument) => ({ name: argument.name, isRequired: isRequiredArgument(argument) }));
}

/** The members of a payload; of a query the type that it answers with. */
function answerOf({ type }: GraphQLField<unknown, unknown>): readonly string[] {
  const named = getNamedType(type);
  const isPayload = isObjectType(named) && named.name.endsWith("Payload");
  return isPayload ? Object.keys(named.getFields()) : [String(named)];
}
