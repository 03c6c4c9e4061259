import graphql from "@graphql-eslint/eslint-plugin";

/**
 * Left out:
 * - alphabetize: the schema is printed in order
 * - no-typename-prefix: a natural key is called by its type (`Client.clientId`), beside the global `id`
 * - require-deprecation-date: `@deprecated` has only a reason, which says until when
 * - require-field-of-type-query-in-mutation-result: a payload shows what the mutation did
 * - strict-id-in-types: test/schema knows which types are nodes, and which are values without an id
 * - require-nullable-fields-with-oneof, require-type-pattern-with-oneof: there is no `@oneOf`, which genqlient cannot print
 * - rules for operations: test/sdk/schema knows what those of the SDK must be
 */
const rules = {
  "description-style": ["error", { style: "block" }],
  "input-name": ["error", { checkMutations: true, caseSensitiveInputType: false }],
  "naming-convention": [
    "error",
    {
      types: "PascalCase",
      FieldDefinition: "camelCase",
      InputValueDefinition: "camelCase",
      EnumValueDefinition: "UPPER_CASE",
    },
  ],
  "no-hashtag-description": "error",
  "no-root-type": ["error", { disallow: ["subscription"] }],
  "no-scalar-result-type-on-mutation": "error",
  "no-unreachable-types": "error",
  "relay-arguments": ["error", { includeBoth: false }],
  "relay-connection-types": "error",
  // Short lists that are no pages hold plain objects.
  // A readiness finding is a value: nothing names it, so it is no Node.
  "relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
  "relay-page-info": "error",
  "require-deprecation-reason": "error",
  "require-description": [
    "error",
    { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
  ],
  "require-nullable-result-in-root": "error",
  "unique-enum-value-names": "error",
};

export default [
  {
    files: ["schema.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql" } },
    },
    plugins: { graphql },
    rules: Object.fromEntries(
      Object.entries(rules).map(([name, options]) => [`graphql/${name}`, options]),
    ),
  },
];
