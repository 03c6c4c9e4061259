import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

/** graphql-js finds out when it executes, and that would look like a failure of ours. */
export function rootTypeRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(
        new GraphQLError(`This API has no operations of the kind ${node.operation}`, {
          nodes: node,
        }),
      );
    },
  };
}
