import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

/** Operations that check a credential. One per request, so that aliases cannot multiply guesses. */
export const GUARDED: ReadonlySet<string> = new Set([
  "issueToken",
  "verifyClient",
  "verifyToken",
  "attestSession",
  "testProfile",
  "authenticateSession",
  "exchangeSession",
]);
const MAX_ROOT_MUTATIONS = 10;

/** Limits the mutations and guarded mutations of an operation. Counts its fragments, and ignores directives. */
export function guardedOperationsRule(context: ValidationContext): ASTVisitor {
  const rootFields = ({ selections }: SelectionSetNode): string[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection.name.value];
      const { selectionSet } =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection
          : (context.getFragment(selection.name.value) ?? {});
      return selectionSet ? rootFields(selectionSet) : [];
    });
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation !== "mutation") return false;
      const fields = rootFields(selectionSet);
      if (fields.filter((name) => GUARDED.has(name)).length > 1) {
        context.reportError(
          new GraphQLError(
            `A request may contain only one of ${[...GUARDED].join(", ")}, including aliases and fragments`,
          ),
        );
      }
      if (fields.length > MAX_ROOT_MUTATIONS) {
        context.reportError(
          new GraphQLError(`A request may contain at most ${MAX_ROOT_MUTATIONS} mutations`),
        );
      }
      return false;
    },
  };
}
