import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { type ComplexityEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity";
import { DEFAULT_PAGE_SIZE } from "../persistence/page.js";

/** The cost of a list itself, which takes a database statement. A field costs 1. */
const LIST_COST = 20;
/** The cost of each condition of a filter, which may read many rows. */
const FILTER_COST = 500;
/**
 * Parsing and rendering a claims template may take five milliseconds, and reading what a caller holds on fifty APIs
 * five times as long.
 */
const COST_OF_FIELDS: ReadonlyMap<string, number> = new Map([
  ["previewClaimsTemplate", 1000],
  ["previewSessionClaimsTemplate", 1000],
  ["ownClientLimits", 5000],
  // A row for each hour and audience, and for each scope.
  ["usage", 200],
  ["scopeUses", 50],
  // Each check takes a statement or two.
  ["readinessChecks", 2000],
]);
/** Allows four pages of 200 clients with all fields. */
const MAX_COMPLEXITY = 20_000;

/** The cost of a list plus that of its nodes, times the page size. */
const connectionEstimator: ComplexityEstimator = ({ field, args, childComplexity }) => {
  if (!field.args.some(({ name }) => name === "first")) return undefined;
  const { first, last } = args as { first?: number | null; last?: number | null };
  const size = first ?? last ?? DEFAULT_PAGE_SIZE;
  const filterCost = Object.entries((args["filter"] as object | null) ?? {})
    .map(([name, value]) => conditionCost(name, value))
    .reduce((sum, cost) => sum + cost, 0);
  return LIST_COST + filterCost + Math.max(size, 1) * Math.max(childComplexity, 1);
};

const fieldEstimator: ComplexityEstimator = ({ field, childComplexity }) => {
  const cost = COST_OF_FIELDS.get(field.name);
  return cost && cost + childComplexity;
};

/** Null is no condition. Every entry of a list is one, except an id, by which one row is read. */
function conditionCost(name: string, value: unknown): number {
  if (value === null) return 0;
  if (!Array.isArray(value)) return FILTER_COST;
  return name.endsWith("Ids") ? FILTER_COST + value.length : FILTER_COST * value.length;
}

const ONE_ERROR = { maxErrors: 1 };

/** Operations that are below the limit for all variables. Apollo Server caches documents. */
const knownCheapOperations = new WeakSet<OperationDefinitionNode>();

/**
 * @param document the operation and its fragments alone
 * @throws OPERATION_TOO_COMPLEX, or BAD_USER_INPUT if an invalid argument prevents the estimate
 */
export function assertComplexity(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  if (knownCheapOperations.has(operation)) return;
  const { variableDefinitions = [] } = operation;
  // Execution stops at invalid variables and reports them. Reporting thousands would take seconds.
  if (getVariableValues(schema, variableDefinitions, variables, ONE_ERROR).errors) return;
  let complexity: number;
  try {
    complexity = getComplexity({
      schema,
      query: document,
      variables,
      estimators: [connectionEstimator, fieldEstimator, simpleEstimator({ defaultComplexity: 1 })],
    });
  } catch (error) {
    // Execution would report an invalid argument for its field only, and run all other fields.
    throw new GraphQLError("An argument of the operation is invalid", {
      nodes: (error instanceof GraphQLError && error.nodes) || null,
      extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
    });
  }
  if (complexity > MAX_COMPLEXITY) {
    throw new GraphQLError(
      "The operation is too complex: request smaller pages (`first`, `last`), fewer lists, conditions, previews or limits",
      {
        extensions: { code: "OPERATION_TOO_COMPLEX", http: { status: 400 } },
      },
    );
  }
  if (hasConstantComplexity(operation)) knownCheapOperations.add(operation);
}

/**
 * Only variables for page sizes (`Int`), conditions (`Boolean`), filters, and what a filter omits if it is null
 * change the complexity.
 */
function hasConstantComplexity({ variableDefinitions = [] }: OperationDefinitionNode): boolean {
  return variableDefinitions.every(({ type }) => {
    if (type.kind !== Kind.NON_NULL_TYPE || type.type.kind !== Kind.NAMED_TYPE) return false;
    const { value: name } = type.type.name;
    return name !== "Int" && name !== "Boolean" && !name.endsWith("Filter");
  });
}
