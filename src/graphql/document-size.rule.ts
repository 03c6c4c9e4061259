import { type ASTVisitor, GraphQLError, Kind, type ValidationContext } from "graphql";

const MAX_OPERATIONS = 100;
const MAX_FRAGMENTS = 100;

/** Limits how many operations a document has, each of which is compared with the fragments that it reaches. */
export function documentSizeRule(context: ValidationContext): ASTVisitor {
  return {
    Document({ definitions }) {
      const count = (kind: Kind) => definitions.filter((one) => one.kind === kind).length;
      if (
        count(Kind.OPERATION_DEFINITION) <= MAX_OPERATIONS &&
        count(Kind.FRAGMENT_DEFINITION) <= MAX_FRAGMENTS
      ) {
        return;
      }
      context.reportError(
        new GraphQLError(
          `The document must not have more than ${MAX_OPERATIONS} operations or ${MAX_FRAGMENTS} fragments: send only the operation that is executed`,
        ),
      );
    },
  };
}
