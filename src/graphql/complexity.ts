import type { GraphQLRequestListener } from "@apollo/server";
import { GraphQLError, getVariableValues, Kind, type OperationDefinitionNode } from "graphql";
import { type ComplexityEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { DEFAULT_PAGE_SIZE } from "../persistence/page.js";

/** What a list costs by itself: a statement, beside fields that are there already. */
const LIST_COST = 20;

/** Four of the longest pages of clients with all their fields. */
const MAX_COMPLEXITY = 20_000;

/** And what a node costs, times how many are asked for. */
const connectionEstimator: ComplexityEstimator = ({ args, childComplexity }) => {
  if (!("first" in args)) return undefined;
  const first = (args["first"] as number | null) ?? DEFAULT_PAGE_SIZE;
  return LIST_COST + Math.max(first, 1) * Math.max(childComplexity, 1);
};

/** Found simple enough whatever their variables; Apollo keeps the documents that come again. */
const knownCheapOperations = new WeakSet<OperationDefinitionNode>();

type DidResolveOperation = NonNullable<
  GraphQLRequestListener<RequestContext>["didResolveOperation"]
>;

/** @throws OPERATION_TOO_COMPLEX; BAD_USER_INPUT where arguments keep it from being told */
export const limitComplexity: DidResolveOperation = async (requestContext) => {
  const { document, operation, operationName, request, schema } = requestContext;
  if (!operation || knownCheapOperations.has(operation)) return;
  let complexity: number;
  try {
    complexity = getComplexity({
      schema,
      query: document,
      variables: request.variables ?? {},
      ...(operationName && { operationName }),
      estimators: [connectionEstimator, simpleEstimator({ defaultComplexity: 1 })],
    });
  } catch {
    const { variableDefinitions = [] } = operation;
    // Bad variables: execution gives them their proper answer, and does nothing else.
    if (getVariableValues(schema, variableDefinitions, request.variables ?? {}).errors) return;
    // Of bad arguments only their field would fail, whatever else is asked for.
    throw new GraphQLError("An argument of the operation is not valid", {
      extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
    });
  }
  if (complexity > MAX_COMPLEXITY) {
    throw new GraphQLError(
      "The operation asks for too much at once: ask for smaller pages (`first`), or for fewer of them",
      {
        extensions: { code: "OPERATION_TOO_COMPLEX", http: { status: 400 } },
      },
    );
  }
  if (isAlwaysAsComplex(operation)) knownCheapOperations.add(operation);
};

/** Only a page size (`Int`) or a condition (`Boolean`) among its variables could make a difference. */
function isAlwaysAsComplex({ variableDefinitions = [] }: OperationDefinitionNode): boolean {
  return variableDefinitions.every(({ type }) => {
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    return named.kind === Kind.NAMED_TYPE && !["Int", "Boolean"].includes(named.name.value);
  });
}
