import type { JsonObject } from "../shared/trusted-metadata.js";
import type { TemplateVariables } from "./template-variables.js";

/**
 * A claims template is JSON with unquoted placeholders in value position:
 * `{ "user_id": {{ client.trusted_metadata.user_id }} }`. A placeholder yields any JSON value; a
 * missing or null one leaves its claim out.
 */
export const MAX_TEMPLATE_LENGTH = 4096;
const MAX_DEPTH = 16;

/** Registered claims and those that this server sets itself; no template may speak for them. */
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

export class ClaimsTemplateError extends Error {
  override readonly name = "ClaimsTemplateError";
}

export class ClaimsTemplate<Values extends object> {
  private constructor(private readonly claims: Record<string, Node>) {}

  /** @throws ClaimsTemplateError with a sentence for the person who wrote the template */
  static parse<Values extends object>(
    template: string,
    variables: TemplateVariables<Values>,
  ): ClaimsTemplate<Values> {
    if (template.length > MAX_TEMPLATE_LENGTH) {
      throw new ClaimsTemplateError(`Must have at most ${MAX_TEMPLATE_LENGTH} characters`);
    }
    const names = placeholderNames(variables);
    const placeholders: Placeholder[] = [];
    // A token that cannot occur in the template's own strings, escaped or not, marks each placeholder.
    const unescaped = template.replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    let mark = "@";
    while (unescaped.includes(mark)) mark += "@";
    const json = replacePlaceholders(template, (path) => {
      placeholders.push(new Placeholder(checkPath(path, names)));
      return `"${mark}${placeholders.length - 1}"`;
    });
    let parsed: unknown;
    try {
      parsed = JSON.parse(json);
    } catch {
      throw new ClaimsTemplateError(
        "Must be JSON, with {{ placeholders }} unquoted and only where a value may stand",
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

/** Finds `{{ … }}` outside of JSON strings. */
function replacePlaceholders(template: string, replace: (path: string) => string): string {
  let out = "";
  let at = 0;
  while (at < template.length) {
    const char = template[at];
    if (char === '"') {
      const end = endOfString(template, at);
      out += template.slice(at, end);
      at = end;
    } else if (template.startsWith("{{", at)) {
      const close = template.indexOf("}}", at);
      if (close < 0) throw new ClaimsTemplateError("A placeholder is not closed by }}");
      out += replace(template.slice(at + 2, close).trim());
      at = close + 2;
    } else {
      out += char;
      at++;
    }
  }
  return out;
}

function endOfString(template: string, start: number): number {
  for (let at = start + 1; at < template.length; at++) {
    if (template[at] === "\\") at++;
    else if (template[at] === '"') return at + 1;
  }
  return template.length;
}

type Names = ReadonlyMap<string, "value" | "object">;

/** Such as `client.name`. */
function placeholderNames<Values extends object>(variables: TemplateVariables<Values>): Names {
  return new Map(
    Object.entries<Record<string, "value" | "object">>(variables).flatMap(([root, parts]) =>
      Object.entries(parts).map(([part, kind]) => [`${root}.${part}`, kind] as const),
    ),
  );
}

function checkPath(path: string, names: Names): string[] {
  const parts = path.split(".");
  const kind = names.get(parts.slice(0, 2).join("."));
  const fits = kind === "object" ? parts.length >= 2 : kind === "value" && parts.length === 2;
  if (!fits || parts.some((part) => !/^[^\s{}"]+$/.test(part))) {
    const objects = [...names].filter(([, kind]) => kind === "object").map(([name]) => name);
    throw new ClaimsTemplateError(
      `A placeholder must name one of ${[...names.keys()].join(", ")} or a path below ${objects.join(", ")}`,
    );
  }
  return parts;
}

function build(value: unknown, mark: string, placeholders: Placeholder[], depth: number): Node {
  if (depth > MAX_DEPTH) throw new ClaimsTemplateError(`Must not nest deeper than ${MAX_DEPTH}`);
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
          throw new ClaimsTemplateError("A placeholder may stand for a value, not for a name");
        }
        return [key, build(item, mark, placeholders, depth + 1)];
      }),
    );
  }
  return value as string | number | boolean | null;
}

/** @returns undefined for what is left out */
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
