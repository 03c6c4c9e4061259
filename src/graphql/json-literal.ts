import { Kind, type ValueNode } from "graphql";
import { badUserInput } from "../shared/errors.js";
import { toExactNumber } from "../shared/exact-numbers.js";
import { MAX_JSON_DEPTH, TOO_DEEP } from "../shared/json-limits.js";

type Variables = Record<string, unknown> | null | undefined;
type Path = readonly (string | number)[];

/** What parsers of JSON bodies refuse, because programs that merge objects would change a prototype. */
const REFUSED_NAME = "__proto__";

/**
 * The JSON value that a literal of a GraphQL document writes. The parser of graphql-scalars would leave out what is no
 * JSON, or make it null.
 * @param variables absent during validation, which does not know them
 * @throws BAD_USER_INPUT with the path in the value
 */
export function parseJsonLiteral(node: ValueNode, variables: Variables, path: Path = []): unknown {
  if (path.length > MAX_JSON_DEPTH) throw badUserInput([], TOO_DEEP);
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return toExactNumber(node.value);
    case Kind.ENUM:
      throw badUserInput([...path], "A text needs quotes; a variable begins with $");
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST:
      return node.values.map(
        (item, index) => parseJsonLiteral(item, variables, [...path, index]) ?? null,
      );
    case Kind.OBJECT: {
      const members = new Map<string, unknown>();
      for (const { name, value } of node.fields) {
        const memberPath = [...path, name.value];
        if (members.has(name.value)) throw badUserInput(memberPath, "Must not repeat a key");
        if (name.value === REFUSED_NAME) {
          throw badUserInput(memberPath, "Must not be the name of a prototype");
        }
        members.set(name.value, parseJsonLiteral(value, variables, memberPath));
      }
      // A variable without a value leaves its key out (GraphQL section 3.10, "Input Coercion").
      return Object.fromEntries([...members].filter(([, value]) => value !== undefined));
    }
  }
}
