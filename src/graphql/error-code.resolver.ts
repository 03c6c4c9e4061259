import { Arg, Authorized, Query, Resolver } from "type-graphql";
import { ERROR_CODES, type ErrorCode, type ErrorCodeMeaning } from "../shared/error-codes.js";
import { PUBLIC, type Requirement } from "../shared/permissions.js";
import { ErrorCodeDescriptionType, ErrorCodeEnum } from "./error-code.payloads.js";

const meanings: Readonly<Record<ErrorCode, ErrorCodeMeaning>> = ERROR_CODES;
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

/** Makes the error codes part of the schema, so that generated clients have them. */
@Resolver()
export class ErrorCodeResolver {
  @Authorized<Requirement>(PUBLIC)
  @Query(() => [ErrorCodeDescriptionType], {
    description: "The codes of errors and their meaning.",
  })
  errorCodes(
    @Arg("codes", () => [ErrorCodeEnum], { nullable: true, description: "All codes if absent." })
    requested: ErrorCode[] | null,
  ): ErrorCodeDescriptionType[] {
    return (requested ?? codes).map((code) => {
      const { description, retryable = false } = meanings[code];
      return { code, retryable, description };
    });
  }
}
