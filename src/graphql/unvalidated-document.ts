import type { GraphQLRequestListener } from "@apollo/server";
import {
  type ASTNode,
  type ASTVisitor,
  type DefinitionNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type SelectionNode,
  type ValidationContext,
} from "graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { hasTooManyPairs } from "./overlapping-fields.js";

/**
 * Variables, arguments, directives and fields of an object in one place. graphql-js finds the line of each when it
 * reports repeated ones, and reads the document from its start every time.
 */
export const MAX_SIBLINGS = 64;
const MAX_LINES = 8_000;

/** Fields and spreads of all operations and fragments. Validation takes some 15 us for each, however they are spread. */
const MAX_SELECTIONS = 2_000;

/** Each operation is compared with the fragments that it reaches, and each fragment with those that it reaches. */
const MAX_OPERATIONS = 100;
const MAX_FRAGMENTS = 100;

/** Documents without definitions, each of which stands for one that is refused for the reason. */
const reasons = new WeakMap<DocumentNode, string>();

type ParsingDidStart = NonNullable<GraphQLRequestListener<RequestContext>["parsingDidStart"]>;

/**
 * Replaces a document that is too costly to validate. A validation rule alone could not prevent the cost,
 * because the rules of graphql-js visit a document together.
 */
export const replaceCostlyDocument: ParsingDidStart = async (requestContext) => async (error) => {
  const { document } = requestContext as { document?: DocumentNode };
  const reason = !error && document && reasonToRefuse(document);
  if (!reason) return;
  const replacement: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };
  reasons.set(replacement, reason);
  Object.assign(requestContext, { document: replacement });
};

/** Refuses the documents that have been replaced. */
export function costlyDocumentRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const reason = reasons.get(document);
      if (reason !== undefined) context.reportError(new GraphQLError(reason));
    },
  };
}

function reasonToRefuse(document: DocumentNode): string | null {
  if ((document.loc?.endToken.line ?? 0) > MAX_LINES) {
    return `The document must have at most ${MAX_LINES} lines`;
  }
  if (
    countDefinitions(document, Kind.OPERATION_DEFINITION) > MAX_OPERATIONS ||
    countDefinitions(document, Kind.FRAGMENT_DEFINITION) > MAX_FRAGMENTS
  ) {
    return `The document must not have more than ${MAX_OPERATIONS} operations or ${MAX_FRAGMENTS} fragments: send only the operation that is executed`;
  }
  if (countSelections(document) > MAX_SELECTIONS) {
    return `The document must not select more than ${MAX_SELECTIONS} fields in all: send only the operation that is executed`;
  }
  if (spreadFragments(document).size > MAX_FRAGMENTS) {
    return `The document must not spread more than ${MAX_FRAGMENTS} fragments`;
  }
  if (hasTooManySiblings(document)) {
    return `The document must not have more than ${MAX_SIBLINGS} variables, arguments or directives in one place`;
  }
  return hasTooManyPairs(document)
    ? "The document selects fields of the same name too often: select each only once, or use aliases"
    : null;
}

function countDefinitions({ definitions }: DocumentNode, kind: Kind): number {
  return definitions.filter((definition) => definition.kind === kind).length;
}

function countSelections({ definitions }: DocumentNode): number {
  return definitions.reduce((sum, definition) => sum + selectionsIn(definition).length, 0);
}

/** The fragments that are spread, whether they exist or not. graphql-js compares each with each. */
function spreadFragments({ definitions }: DocumentNode): ReadonlySet<string> {
  const selections = definitions.flatMap(selectionsIn);
  return new Set(
    selections.flatMap((one) => (one.kind === Kind.FRAGMENT_SPREAD ? one.name.value : [])),
  );
}

/** On all levels. */
function selectionsIn(parent: DefinitionNode | SelectionNode): readonly SelectionNode[] {
  const { selections = [] } = ("selectionSet" in parent && parent.selectionSet) || {};
  return selections.flatMap((selection) => [selection, ...selectionsIn(selection)]);
}

const COUNTED: ReadonlySet<string> = new Set([
  Kind.VARIABLE_DEFINITION,
  Kind.ARGUMENT,
  Kind.DIRECTIVE,
  Kind.OBJECT_FIELD,
]);

function hasTooManySiblings(node: ASTNode): boolean {
  const { loc: _, ...parts } = node;
  return Object.values(parts).some((part: unknown) => {
    if (!Array.isArray(part)) return isNode(part) && hasTooManySiblings(part);
    const nodes = part.filter(isNode);
    return (
      (nodes.length > MAX_SIBLINGS && COUNTED.has(String(nodes[0]?.kind))) ||
      nodes.some(hasTooManySiblings)
    );
  });
}

function isNode(part: unknown): part is ASTNode {
  return part !== null && typeof part === "object" && "kind" in part;
}
