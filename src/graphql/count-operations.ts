import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import type { Metrics } from "../metrics/metrics.js";

/** Counts the queries and mutations of each request, which all come to one route. */
export function countOperations(schema: GraphQLSchema, metrics: Metrics): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (...args) => metrics.operation(field.name, async () => resolve(...args));
    }
  }
  return schema;
}
