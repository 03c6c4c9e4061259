import { stringLiteral } from "./literals.js";

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const SINGLE_QUOTED = "'[^']*'";
/** A string, or a placeholder in value position. */
const TOKEN = new RegExp(
  String.raw`${STRING}|\{\{((?:${STRING}|${SINGLE_QUOTED}|[^"'}]|\}(?!\}))*)\}\}`,
  "gs",
);
const OPERAND = new RegExp(`(?:${STRING}|${SINGLE_QUOTED}|[^|"'])+`, "gs");
const KEY_IN_BRACKETS = /\[\s*(?:"(\w+)"|'(\w+)')\s*\]/g;

/** Four times what the server accepts. The time that a template takes grows with the square of its length. */
const MAX_TEMPLATE_LENGTH = 16_384;

/** A name that no valid template has, for placeholders. */
const PLACEHOLDER = "{{";

interface ValueType {
  type: string;
  /** Whether it can be left out, because a placeholder has no value. */
  isOptional: boolean;
}

const always = (type: string): ValueType => ({ type, isOptional: false });
const optional = (type: string): ValueType => ({ type, isOptional: true });

/** The values that placeholders name; those below metadata have any type. */
const VARIABLES: ReadonlyMap<string, ValueType> = new Map([
  ["client.client_id", always("string")],
  ["client.name", optional("string")],
  ["client.owner.id", optional("string")],
  ["client.owner.type", optional('"EXTERNAL" | "MEMBER" | "ORGANIZATION"')],
  ["client.trusted_metadata", always("{ [key: string]: unknown }")],
  ["project.project_id", always("string")],
  ["member.member_id", always("string")],
  ["member.email_address", optional("string")],
  ["member.name", optional("string")],
  ["member.external_id", optional("string")],
  ["member.roles", always("string[]")],
  ["member.trusted_metadata", always("{ [key: string]: unknown }")],
  ["organization.organization_id", always("string")],
  ["organization.name", always("string")],
  ["organization.slug", always("string")],
  ["organization.external_id", optional("string")],
  ["organization.trusted_metadata", always("{ [key: string]: unknown }")],
]);

/** The claims of a template, each with its type. */
export type ClaimTypes = ReadonlyMap<string, string>;

/**
 * Reads the types of claims from a template that the server has accepted: JSON with placeholders
 * (docs/claims-templates.md).
 * @throws SyntaxError for what is none
 */
export function claimTypesOf(template: string): ClaimTypes {
  if (template.length > MAX_TEMPLATE_LENGTH) throw new SyntaxError("The template is too long");
  const json = template.replace(TOKEN, (token, expression?: string) =>
    expression === undefined ? token : JSON.stringify({ [PLACEHOLDER]: expression }),
  );
  const claims = JSON.parse(json) as object;
  return new Map(Object.entries(claims).map(([name, value]) => [name, typeOf(value).type]));
}

function typeOf(value: unknown): ValueType {
  if (typeof value === "string") {
    return value.includes(PLACEHOLDER) ? optional("string") : always(stringLiteral(value));
  }
  if (value === null || typeof value !== "object") return always(String(value));
  if (Array.isArray(value)) {
    const items = union(value.map((item) => typeOf(item).type));
    return always(`Array<${items}>`);
  }
  if (PLACEHOLDER in value) return placeholderType(String(value[PLACEHOLDER]));
  const members = Object.entries(value).map(([name, member]) => memberOf(name, typeOf(member)));
  return always(members.length > 0 ? `{ ${members.join("; ")} }` : "{}");
}

function memberOf(name: string, { type, isOptional }: ValueType): string {
  return `${stringLiteral(name)}${isOptional ? "?" : ""}: ${type}`;
}

/** The first operand that has a value is the placeholder's. */
function placeholderType(expression: string): ValueType {
  const operands = (expression.match(OPERAND) ?? []).map((operand) => operandType(operand.trim()));
  const end = operands.findIndex(({ isOptional }) => !isOptional);
  const possible = end < 0 ? operands : operands.slice(0, end + 1);
  return { type: union(possible.map(({ type }) => type)), isOptional: end < 0 };
}

function operandType(operand: string): ValueType {
  if (operand.startsWith('"')) return always(stringLiteral(JSON.parse(operand) as string));
  if (operand.startsWith("'")) return always(stringLiteral(operand.slice(1, -1)));
  if (/^(?:true|false|-?\d.*)$/.test(operand)) return always(String(JSON.parse(operand)));
  const path = operand.replace(KEY_IN_BRACKETS, ".$1$2");
  if (path.startsWith("request.")) return optional("string");
  return VARIABLES.get(path) ?? optional("unknown");
}

function union(types: readonly string[]): string {
  const all = new Set(types.length > 0 ? types : ["never"]);
  if (all.has("unknown")) return "unknown";
  const isText = (type: string) => type.startsWith('"');
  return [...all].filter((type) => !all.has("string") || !isText(type)).join(" | ");
}
