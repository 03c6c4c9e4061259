import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./generated/introspection.js";

/** Types an operation from its text, without generated code for each one. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSONObject: { [key: string]: unknown } };
}>();
