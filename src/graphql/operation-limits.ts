import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  validate,
} from "graphql";
import { assertComplexity } from "./complexity.js";
import { depthRule } from "./depth.rule.js";
import { executedPart } from "./executed-part.js";
import { guardedOperationsRule } from "./guarded-operations.rule.js";
import { introspectionRule } from "./introspection.rule.js";
import { operationTypeRule } from "./operation-type.rule.js";
import { selectionCountRule } from "./selection-count.rule.js";
import { assertVariableSize } from "./variable-size.js";

/**
 * Bounds the cost of parsing a document to a few milliseconds. `unvalidated-document.ts` bounds that of validating
 * it. The limits below count the executed operation only, since clients send documents with all of their operations.
 */
export const MAX_DOCUMENT_TOKENS = 10_000;

/** Validation has excluded cycles of fragments, and the first rule limits the work of the others. */
const RULES = [
  selectionCountRule,
  operationTypeRule,
  guardedOperationsRule,
  depthRule,
  introspectionRule,
];

/**
 * Judges the operation that is executed, with the fragments that it reaches. The rest of its document does
 * not count.
 * @throws GRAPHQL_VALIDATION_FAILED, OPERATION_TOO_COMPLEX, BAD_USER_INPUT
 */
export function limitOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const executed = acceptedPart(schema, document, operation);
  assertVariableSize(schema, operation, variables);
  assertComplexity(schema, executed, operation, variables);
}

/** Documents that the rules accept, by operation. Apollo Server caches documents. */
const acceptedParts = new WeakMap<OperationDefinitionNode, DocumentNode>();

/** @throws GRAPHQL_VALIDATION_FAILED */
function acceptedPart(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): DocumentNode {
  const accepted = acceptedParts.get(operation);
  if (accepted) return accepted;
  const part = executedPart(document, operation);
  for (const rule of RULES) {
    const [problem] = validate(schema, part, [rule]);
    if (!problem) continue;
    const { message, nodes } = problem;
    throw new GraphQLError(message, {
      nodes: nodes ?? null,
      extensions: { code: "GRAPHQL_VALIDATION_FAILED", http: { status: 400 } },
    });
  }
  acceptedParts.set(operation, part);
  return part;
}
