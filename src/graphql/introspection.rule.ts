import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

const INTROSPECTION = new Set(["__schema", "__type"]);

/**
 * Aliases within introspection multiply an answer that costs nothing to ask for; no tool needs them.
 * Depth is limited by graphql-js's own rule.
 */
export function introspectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field(field) {
      const isIntrospection =
        INTROSPECTION.has(field.name.value) || context.getParentType()?.name.startsWith("__");
      if (field.alias && isIntrospection) {
        context.reportError(new GraphQLError("Introspection takes no aliases"));
      }
    },
  };
}
