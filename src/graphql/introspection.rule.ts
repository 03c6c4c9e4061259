import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

const INTROSPECTION = new Set(["__schema", "__type"]);

/**
 * Forbids aliases in introspection, with which a short query gets a huge response. No tool needs them.
 * A rule of graphql-js limits the depth.
 */
export function introspectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field(field) {
      const isIntrospection =
        INTROSPECTION.has(field.name.value) || context.getParentType()?.name.startsWith("__");
      if (field.alias && isIntrospection) {
        context.reportError(new GraphQLError("Introspection must not use aliases"));
      }
    },
  };
}
