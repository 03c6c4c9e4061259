import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

/** Fields and spreads of an operation, counting a fragment as often as it is spread. */
const MAX_SELECTIONS = 1000;

/** Limits the size of an operation, which fragments that spread each other multiply. */
export function selectionCountRule(context: ValidationContext): ASTVisitor {
  const countByFragment = new Map<string, number>();
  const fragmentCount = (name: string): number => {
    const cached = countByFragment.get(name);
    if (cached !== undefined) return cached;
    const fragment = context.getFragment(name);
    const count = fragment ? countSelections(fragment.selectionSet) : 0;
    countByFragment.set(name, count);
    return count;
  };
  const countSelections = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        return sum + 1 + fragmentCount(selection.name.value);
      return sum + 1 + (selection.selectionSet ? countSelections(selection.selectionSet) : 0);
    }, 0);
  return {
    OperationDefinition({ selectionSet }) {
      if (countSelections(selectionSet) > MAX_SELECTIONS) {
        context.reportError(
          new GraphQLError(
            `The operation must not select more than ${MAX_SELECTIONS} fields, fragments included`,
          ),
        );
      }
      return false;
    },
  };
}
