import { Extensions } from "type-graphql";
import type { ErrorCode } from "../shared/error-codes.js";

/** The extension of a root field in which its error codes are. */
export const ERROR_CODES_EXTENSION = "errorCodes";

/**
 * Declares the error codes of an operation beside the general ones. The schema lists them in its
 * description, where generated clients show them.
 */
export function Throws(...codes: ErrorCode[]) {
  return Extensions({ [ERROR_CODES_EXTENSION]: codes });
}
