import type { JsonObject } from "../shared/trusted-metadata.js";
import type { TemplateVariables } from "./template-variables.js";

/**
 * A claims template is JSON with unquoted placeholders in value position:
 * `{ "user_id": {{ client.trusted_metadata.user_id }} }`. A placeholder stands for any JSON value. A
 * claim whose placeholder is missing or null is omitted.
 */
export const MAX_TEMPLATE_LENGTH = 4096;
const MAX_DEPTH = 16;

/** Registered claims and claims that this server sets itself. A template must not set them. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  ..."iss sub aud exp nbf iat jti scope client_id azp gty permissions cnf act may_act typ".split(
    " ",
  ),
  ..."auth_time acr amr nonce at_hash c_hash sid roles groups entitlements".split(" "),
  ..."authorization_details session organization member_id organization_id project_id".split(" "),
]);

type Node = Placeholder | Node[] | { [key: string]: Node } | string | number | boolean | null;

class Placeholder {
  constructor(readonly path: readonly string[]) {}
}

/** A template is invalid. The message is for its author. */
export class ClaimsTemplateError extends Error {
  override readonly name = "ClaimsTemplateError";
}

/** A parsed claims template, which renders the claims of a client or member. */
export class ClaimsTemplate<Values extends object> {
  private constructor(private readonly claims: Record<string, Node>) {}

  /** @throws ClaimsTemplateError */
  static parse<Values extends object>(
    template: string,
    variables: TemplateVariables<Values>,
  ): ClaimsTemplate<Values> {
    if (template.length > MAX_TEMPLATE_LENGTH) {
      throw new ClaimsTemplateError(`Must have at most ${MAX_TEMPLATE_LENGTH} characters`);
    }
    const names = placeholderNames(variables);
    const placeholders: Placeholder[] = [];
    // The mark that stands for placeholders in the JSON must not occur in the template's strings.
    const unescaped = template.replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    let mark = "@";
    while (unescaped.includes(mark)) mark += "@";
    const json = replacePlaceholders(template, (path) => {
      placeholders.push(new Placeholder(parsePath(path, names)));
      return `"${mark}${placeholders.length - 1}"`;
    });
    let parsed: unknown;
    try {
      parsed = JSON.parse(json);
    } catch {
      throw new ClaimsTemplateError(
        "Must be JSON, with unquoted {{ placeholders }} only where JSON allows a value",
      );
    }
    if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
      throw new ClaimsTemplateError("Must be a JSON object");
    }
    const claims = build(parsed, mark, placeholders, 0) as Record<string, Node>;
    for (const name of Object.keys(claims)) {
      if (RESERVED_CLAIMS.has(name)) throw new ClaimsTemplateError(`"${name}" is a reserved claim`);
    }
    return new ClaimsTemplate<Values>(claims);
  }

  render(values: Values): JsonObject {
    return (renderNode(this.claims, values) ?? {}) as JsonObject;
  }
}

/** Replaces each `{{ … }}` outside of JSON strings. */
function replacePlaceholders(template: string, replace: (path: string) => string): string {
  let output = "";
  let position = 0;
  while (position < template.length) {
    const char = template[position];
    if (char === '"') {
      const end = endOfString(template, position);
      output += template.slice(position, end);
      position = end;
    } else if (template.startsWith("{{", position)) {
      const end = template.indexOf("}}", position);
      if (end < 0) throw new ClaimsTemplateError("A placeholder is not closed by }}");
      output += replace(template.slice(position + 2, end).trim());
      position = end + 2;
    } else {
      output += char;
      position++;
    }
  }
  return output;
}

/** @returns the position after the closing quote */
function endOfString(template: string, start: number): number {
  for (let position = start + 1; position < template.length; position++) {
    if (template[position] === "\\") position++;
    else if (template[position] === '"') return position + 1;
  }
  return template.length;
}

/** Kind of each variable by its name, such as `client.name`. */
type Names = ReadonlyMap<string, "value" | "object">;

function placeholderNames<Values extends object>(variables: TemplateVariables<Values>): Names {
  return new Map(
    Object.entries<Record<string, "value" | "object">>(variables).flatMap(([root, parts]) =>
      Object.entries(parts).map(([part, kind]) => [`${root}.${part}`, kind] as const),
    ),
  );
}

function parsePath(path: string, names: Names): string[] {
  const parts = path.split(".");
  const kind = names.get(parts.slice(0, 2).join("."));
  const isVariable = kind === "object" || (kind === "value" && parts.length === 2);
  if (!isVariable || parts.some((part) => !/^[^\s{}"]+$/.test(part))) {
    const objects = [...names].filter(([, kind]) => kind === "object").map(([name]) => name);
    throw new ClaimsTemplateError(
      `A placeholder must name one of ${[...names.keys()].join(", ")} or a path below ${objects.join(", ")}`,
    );
  }
  return parts;
}

function build(value: unknown, mark: string, placeholders: Placeholder[], depth: number): Node {
  if (depth > MAX_DEPTH) {
    throw new ClaimsTemplateError(`Must not nest deeper than ${MAX_DEPTH} levels`);
  }
  if (typeof value === "string" && value.startsWith(mark)) {
    return placeholders[Number(value.slice(mark.length))] as Placeholder;
  }
  if (Array.isArray(value)) {
    return value.map((item) => build(item, mark, placeholders, depth + 1));
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (key.includes(mark)) {
          throw new ClaimsTemplateError("A placeholder must stand for a value, not for a name");
        }
        return [key, build(item, mark, placeholders, depth + 1)];
      }),
    );
  }
  return value as string | number | boolean | null;
}

/** @returns undefined if the node is omitted */
function renderNode(node: Node, values: object): unknown {
  if (node instanceof Placeholder) return lookUp(node.path, values) ?? undefined;
  if (Array.isArray(node)) {
    return node.map((item) => renderNode(item, values)).filter((item) => item !== undefined);
  }
  if (node !== null && typeof node === "object") {
    return Object.fromEntries(
      Object.entries(node)
        .map(([key, item]) => [key, renderNode(item, values)] as const)
        .filter(([, value]) => value !== undefined),
    );
  }
  return node;
}

function lookUp(path: readonly string[], values: object): unknown {
  let value: unknown = values;
  for (const part of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, part))
      return undefined;
    value = (value as JsonObject)[part];
  }
  return value;
}
