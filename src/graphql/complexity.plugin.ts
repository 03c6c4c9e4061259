import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import { type ComplexityEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity";
import type { RequestContext } from "../shared/current-caller.js";
import { DEFAULT_PAGE_SIZE } from "../shared/page.js";

/** A page of 1,000 clients with all their fields, and room for a second one. */
const MAX_COMPLEXITY = 100_000;

/** A list costs what a node costs, times how many are asked for. */
const pages: ComplexityEstimator = ({ args, childComplexity }) => {
  if (!("first" in args)) return undefined;
  const first = (args["first"] as number | null) ?? DEFAULT_PAGE_SIZE;
  return 1 + Math.max(first, 1) * Math.max(childComplexity, 1);
};

export const complexityPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, operationName, request, schema }) {
        let complexity: number;
        try {
          complexity = getComplexity({
            schema,
            query: document,
            variables: request.variables ?? {},
            ...(operationName && { operationName }),
            estimators: [pages, simpleEstimator({ defaultComplexity: 1 })],
          });
        } catch {
          // Bad variables: execution gives them their proper answer.
          return;
        }
        if (complexity > MAX_COMPLEXITY) {
          throw new GraphQLError("The operation asks for too much at once", {
            extensions: { code: "OPERATION_TOO_COMPLEX", http: { status: 400 } },
          });
        }
      },
    };
  },
};
