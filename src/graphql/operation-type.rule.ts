import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

/** Rejects subscriptions before execution, where graphql-js would report an internal error. */
export function operationTypeRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(
        new GraphQLError(`This API has no ${node.operation} operations`, {
          nodes: node,
        }),
      );
    },
  };
}
