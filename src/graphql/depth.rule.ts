import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

/** The deepest path in the schema has six fields. */
const MAX_DEPTH = 12;

/** Limits the depth of fields along every path, through fragments. Introspection is exempt. */
export function depthRule(context: ValidationContext): ASTVisitor {
  const depthOf = (selectionSet: SelectionSetNode | undefined): number =>
    Math.max(
      0,
      ...(selectionSet?.selections ?? []).map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          return depthOf(context.getFragment(selection.name.value)?.selectionSet);
        }
        if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet);
        return selection.name.value.startsWith("__") ? 0 : 1 + depthOf(selection.selectionSet);
      }),
    );
  return {
    OperationDefinition({ selectionSet }) {
      if (depthOf(selectionSet) > MAX_DEPTH) {
        context.reportError(
          new GraphQLError(`The operation must not nest deeper than ${MAX_DEPTH} fields`),
        );
      }
      return false;
    },
  };
}
