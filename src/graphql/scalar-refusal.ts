import { GraphQLError } from "graphql";
import { CountersignError } from "../shared/errors.js";

/** The error with which a scalar of this server refused a value, see `describe-schema.ts`. Its message is public. */
export function refusalOfScalar(error: unknown): CountersignError | undefined {
  if (error instanceof CountersignError) return error;
  return error instanceof GraphQLError ? refusalOfScalar(error.originalError) : undefined;
}
