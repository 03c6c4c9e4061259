import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

/** Operations that check a credential. One per request, so that aliases cannot multiply guesses. */
const GUARDED = new Set([
  "issueToken",
  "verifyToken",
  "attestSession",
  "testProfile",
  "authenticateSession",
  "exchangeSession",
]);
const MAX_ROOT_MUTATIONS = 10;

/**
 * Limits mutations and guarded operations of a document. Counts all its operations and fragments, and ignores
 * directives.
 */
export function guardedOperationsRule(context: ValidationContext): ASTVisitor {
  let guarded = 0;
  let mutations = 0;
  const count = (set: SelectionSetNode, seen: ReadonlySet<FragmentDefinitionNode>): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        mutations++;
        if (GUARDED.has(selection.name.value)) guarded++;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        count(selection.selectionSet, seen);
      } else {
        const fragment = context.getFragment(selection.name.value);
        if (fragment && !seen.has(fragment) && mutations <= MAX_ROOT_MUTATIONS) {
          count(fragment.selectionSet, new Set([...seen, fragment]));
        }
      }
    }
  };
  return {
    OperationDefinition(operation) {
      if (operation.operation === "mutation") count(operation.selectionSet, new Set());
      return false;
    },
    Document: {
      leave() {
        if (guarded > 1) {
          context.reportError(
            new GraphQLError(
              `A request may contain only one of ${[...GUARDED].join(", ")}, including aliases and fragments`,
            ),
          );
        }
        if (mutations > MAX_ROOT_MUTATIONS) {
          context.reportError(
            new GraphQLError(`A request may contain at most ${MAX_ROOT_MUTATIONS} mutations`),
          );
        }
      },
    },
  };
}
