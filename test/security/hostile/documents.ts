import fc from "fast-check";
import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { operationText, rootFields, sampleValue } from "../../support/any-operation.js";
import { hostileJson, hostileObject, hostileText } from "./values.js";

/** GraphQL requests: bodies of `POST /graphql` as text. */

/** Values by the name of the argument or input field that takes them, such as an id that exists. */
export type KnownValues = Readonly<Record<string, string>>;

/** JSON texts for a type: mostly of its shape, with hostile values in it. */
function valueFor(name: string, type: GraphQLInputType, known: KnownValues): fc.Arbitrary<string> {
  const inner = getNullableType(type);
  const right = rightValueFor(name, inner, known);
  return fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: hostileJson });
}

function rightValueFor(
  name: string,
  type: GraphQLInputType,
  known: KnownValues,
): fc.Arbitrary<string> {
  if (isListType(type)) {
    const item = valueFor(name, type.ofType, known);
    return fc.array(item, { maxLength: 3 }).map((items) => `[${items}]`);
  }
  if (isEnumType(type)) {
    return fc.constantFrom(...type.getValues().map((value) => JSON.stringify(value.name)));
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const required = fields.filter((field) => isNonNullType(field.type)).map((field) => field.name);
    const members = fields.map((field) => [field.name, valueFor(field.name, field.type, known)]);
    return fc
      .record(Object.fromEntries(members) as Record<string, fc.Arbitrary<string>>, {
        requiredKeys: required,
      })
      .map((chosen) => `{${Object.entries(chosen).map(([key, value]) => `"${key}":${value}`)}}`);
  }
  if (type.toString() === "JSONObject") return hostileObject(["plan", "kty", "n", "e", "crv", "x"]);
  const own = known[name];
  const sample = JSON.stringify(sampleValue(type));
  const text = hostileText.map((value) => JSON.stringify(value));
  return fc.oneof(fc.constant(own === undefined ? sample : JSON.stringify(own)), text);
}

const operations = (known: KnownValues) =>
  fc.constantFrom(...rootFields).chain(({ field }) => {
    const variables = fc
      .record(
        Object.fromEntries(
          field.args.map((arg) => [arg.name, valueFor(arg.name, arg.type, known)]),
        ),
        {
          requiredKeys: field.args
            .filter(({ type }) => isNonNullType(type))
            .map(({ name }) => name),
        },
      )
      .map((chosen) => `{${Object.entries(chosen).map(([key, value]) => `"${key}":${value}`)}}`);
    return variables.map((json) => [operationText(field), json] as const);
  });

/** Documents that are costly, or that no tool writes. */
const documents: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        "project { name }",
        "__typename",
        'client(clientId: "x") { name }',
        "clients { nodes { name } }",
      ),
      fc.constantFrom(2, 200, 600, 2000),
      fc.boolean(),
    )
    .map(([field, count, isAliased]) => {
      const fields = Array.from({ length: count }, (_, at) =>
        isAliased ? `a${at}: ${field}` : field,
      );
      return `{ ${fields.join(" ")} }`;
    }),
  fc
    .tuple(fc.constantFrom("[", "{a:", "("), fc.constantFrom(50, 2000, 4900))
    .map(([open, count]) => {
      const close = { "[": "]", "{a:": "}", "(": ")" }[open] ?? "";
      return `mutation { createClient(input: { scopes: [], trustedMetadata: { a: ${open.repeat(count)}1${close.repeat(count)} } }) { clientSecret } }`;
    }),
  fc
    .constantFrom(10, 1200, 2400)
    .map((depth) => `{ ${"... { ".repeat(depth)} __typename ${"}".repeat(depth)} }`),
  fc.constantFrom(10, 90).map((count) => {
    const fragment = (at: number) =>
      `fragment f${at} on Client { name ${at < count - 1 ? `...f${at + 1} ...f${at + 1}` : ""} }`;
    return `{ clients { nodes { ...f0 } } } ${Array.from({ length: count }, (_, at) => fragment(at)).join(" ")}`;
  }),
  fc.constantFrom(1, 20, 2000).map((count) => `{ __typename ${"@skip(if: true) ".repeat(count)} }`),
  fc.constantFrom(1, 2400).map((count) => `query (${"$a: Int ".repeat(count)}) { __typename }`),
  fc
    .constantFrom(1, 5, 20)
    .map(
      (count) =>
        `{ __schema { types { ${"fields { type { ".repeat(count)} name ${"} } ".repeat(count)} } } }`,
    ),
  hostileText.map((text) => `{ client(clientId: ${JSON.stringify(text)}) { name } }`),
  hostileText.map((text) => `{ ${text} }`),
  hostileText,
);

/** Cuts pieces out of an operation, repeats them, or puts others between them. */
const mutated = fc
  .tuple(
    fc.constantFrom(...rootFields),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(20),
        fc.oneof(
          fc.constantFrom(
            "{",
            "}",
            "(",
            ")",
            "...",
            "@",
            "$x",
            ":",
            '"',
            "!",
            "[",
            "#",
            "on",
            "fragment x on Client",
          ),
          hostileText,
        ),
      ),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([{ field }, edits]) =>
    edits.reduce((text, [at, length, inserted]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + inserted + text.slice(start + length);
    }, operationText(field)),
  );

/** Bodies of `POST /graphql`. */
export const graphqlBodies = (known: KnownValues): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: operations(known).map(
        ([query, variables]) => `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      ),
    },
    { weight: 2, arbitrary: documents.map((query) => JSON.stringify({ query })) },
    { weight: 2, arbitrary: mutated.map((query) => JSON.stringify({ query })) },
    { weight: 1, arbitrary: hostileObject(["query", "variables", "operationName", "extensions"]) },
    { weight: 1, arbitrary: hostileJson },
    { weight: 1, arbitrary: hostileText },
  );
