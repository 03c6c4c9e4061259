import { GENERAL_ERROR_CODES } from "../shared/error-codes.js";
import { code, section, table } from "./markdown.js";
import { OPERATION_GROUPS, type OperationDescription } from "./operations.js";

/** Links to the place of an operation, error code or permission in the reference. */
export const operationLink = (name: string) =>
  `[${code(name)}](operations.md#${name.toLowerCase()})`;
export const errorLink = (name: string) => `[${code(name)}](error-codes.md#${name.toLowerCase()})`;
const permissionLink = (name: string) =>
  name.includes(":") ? `[${code(name)}](permissions.md)` : name;

export function operationsPage(operations: readonly OperationDescription[]): string[] {
  const groups = OPERATION_GROUPS.map((group) => ({
    group,
    members: operations.filter((operation) => operation.group === group),
  }));
  return [
    `The operations of \`POST /graphql\`, with the permission that each needs and the error codes that are its own. Every operation may also fail with ${GENERAL_ERROR_CODES.map(errorLink).join(", ")}. A failing field never takes another field's answer away.`,
    "Each name links to a description. Under it, **bold** inputs are required, and *document* is an operation to paste, as the clients of the SDK send it. Types and limits of the inputs are in the schema: `GET /schema.graphql`, or the explorer's docs.",
    table(
      ["about", "mutations", "queries"],
      groups.map(({ group, members }) => [
        group,
        names(members, "mutation"),
        names(members, "query"),
      ]),
    ),
    ...groups.map(({ group, members }) => section(2, group, ...members.map(describe))),
  ];
}

function names(
  members: readonly OperationDescription[],
  kind: OperationDescription["kind"],
): string {
  return members
    .filter((operation) => operation.kind === kind)
    .map(({ name }) => `[${code(name)}](#${name.toLowerCase()})`)
    .join(", ");
}

function describe(operation: OperationDescription): string {
  const { name, kind, description, requirements, errors, inputs, answer } = operation;
  const lines = [
    ["Permission", requirements.map(permissionLink).join(" or ")],
    [kind === "mutation" ? "Input" : "Arguments", inputs.map(inputName).join(", ")],
    ["Answer", answer.map(code).join(", ")],
    ["Errors", errors.map(errorLink).join(", ")],
  ].flatMap(([label, value]) => (value ? [`- ${label}: ${value}`] : []));
  const document = `[document](../../sdk/schema/documents/${name}.graphql)`;
  return section(3, name, `${description} (${kind}, ${document})`, lines.join("\n"));
}

const inputName = ({ name, isRequired }: OperationDescription["inputs"][number]) =>
  isRequired ? `**${code(name)}**` : code(name);
