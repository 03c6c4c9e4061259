import { Arg, Authorized, Field, ObjectType, Query, Resolver } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { ERROR_CODES, type ErrorCode, type ErrorCodeMeaning } from "../shared/error-codes.js";
import { PUBLIC, type Requirement } from "../shared/permissions.js";

const meanings: Readonly<Record<ErrorCode, ErrorCodeMeaning>> = ERROR_CODES;
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

const ErrorCodeEnum = graphqlEnum<ErrorCode>(
  "ErrorCode",
  "The `extensions.code` of an error.",
  Object.fromEntries(codes.map((code) => [code, meanings[code].description])) as Record<
    ErrorCode,
    string
  >,
);

@ObjectType("ErrorCodeDescription", { description: "What an error code means." })
class ErrorCodeDescriptionType {
  @Field(() => String, {
    description: "The code: one of the values of `ErrorCode`, or one of a newer version.",
  })
  code!: string;

  @Field(() => Boolean, { description: "Whether the same request may succeed later." })
  retryable!: boolean;

  @Field(() => String, { description: "When it comes, and what to do." })
  description!: string;
}

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
