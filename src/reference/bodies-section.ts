import {
  METHODS,
  type OpenApiDocument,
  type Reference,
  type Response,
  type Schema,
} from "../http/openapi.js";
import { code, section, table } from "./markdown.js";

/** The bodies of answers, which routes share. */
export function bodiesSections(document: OpenApiDocument): string[] {
  const names = new Set(
    Object.values(document.paths)
      .flatMap((item) => METHODS.flatMap((method) => item[method] ?? []))
      .flatMap(({ responses }) => Object.values(responses))
      .flatMap((answer) => Object.values(resolve<Response>(answer, document).content ?? {}))
      .flatMap(
        ({ schema }) =>
          String(schema["$ref"] ?? "")
            .split("/")
            .at(-1) || [],
      ),
  );
  const bodies = [...names].sort().map((name) => {
    const schema = document.components.schemas[name] ?? {};
    const { description } = schema;
    return section(
      3,
      name,
      ...(typeof description === "string" ? [description] : []),
      fieldTable(schema, document).replace("| required |", "| always |"),
    );
  });
  return [section(2, "Bodies of answers", "Releases may add members."), ...bodies];
}

export function fieldTable(schema: Schema, document: OpenApiDocument): string {
  const { properties = {}, required = [] } = resolve(schema, document) as {
    properties?: Record<string, Schema>;
    required?: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, field]) => [
    code(name),
    required.includes(name) ? "yes" : "",
    meaningOf(field),
  ]);
  return table(["field", "required", "meaning"], rows);
}

function meaningOf(field: Schema): string {
  const { description = "", enum: values, const: value } = field;
  const allowed = Array.isArray(values) ? values : value === undefined ? [] : [value];
  const words =
    allowed.length > 0 ? ` ${allowed.map((each) => code(String(each))).join(", ")}.` : "";
  return `${description}${words}`.trim();
}

/** Follows a reference within the document. */
export function resolve<Value extends Response | Schema>(
  value: Value | Reference,
  document: OpenApiDocument,
): Value {
  if (!("$ref" in value) || typeof value.$ref !== "string") return value as Value;
  const names = value.$ref.replace("#/", "").split("/");
  return names.reduce<unknown>(
    (at, name) => (at as Record<string, unknown>)[name],
    document,
  ) as Value;
}
