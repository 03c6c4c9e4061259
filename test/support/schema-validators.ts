import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Schema } from "../../src/http/openapi.js";
import { DOCUMENT } from "./described-routes.js";

const ID = "https://countersign.example/openapi.json";

/** Members that a schema does not name are problems, unless it says that there are others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const members = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, name === "enum" ? value : closed(value)]),
  );
  const isClosed =
    "properties" in schema && "type" in schema && !("additionalProperties" in schema);
  return { ...members, ...(isClosed && { additionalProperties: false }) };
}

function validators(document: object): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  ajv.addSchema({ $id: ID, ...document });
  const compiled = new Map<Schema, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', `"${ID}#/components/`);
    const validate = ajv.compile(JSON.parse(text));
    compiled.set(schema, validate);
    return validate;
  };
}

const forAnswers = validators(closed(DOCUMENT) as object);
const forRequests = validators(DOCUMENT);

/** @returns what of the value the schema does not describe */
export function problemsOf(value: unknown, schema: Schema, kind: "answer" | "request"): string[] {
  const validate = (kind === "answer" ? forAnswers : forRequests)(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = "", params }) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
