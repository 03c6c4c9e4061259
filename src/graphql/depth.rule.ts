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
  const measureDepth = (
    node: { selectionSet?: SelectionSetNode | undefined },
    path: Set<string>,
  ): number => {
    let deepest = 0;
    for (const selection of node.selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (!selection.name.value.startsWith("__")) {
          deepest = Math.max(deepest, 1 + measureDepth(selection, path));
        }
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        deepest = Math.max(deepest, measureDepth(selection, path));
      } else if (!path.has(selection.name.value)) {
        deepest = Math.max(deepest, fragmentDepth(selection.name.value, path));
      }
    }
    return deepest;
  };
  const depthByFragment = new Map<string, number>();
  const fragmentDepth = (name: string, path: Set<string>): number => {
    const cached = depthByFragment.get(name);
    if (cached !== undefined) return cached;
    const fragment = context.getFragment(name);
    const depth = fragment ? measureDepth(fragment, new Set([...path, name])) : 0;
    depthByFragment.set(name, depth);
    return depth;
  };
  return {
    OperationDefinition(operation) {
      if (measureDepth(operation, new Set()) > MAX_DEPTH) {
        context.reportError(
          new GraphQLError(`The operation must not nest deeper than ${MAX_DEPTH} fields`),
        );
      }
      return false;
    },
  };
}
