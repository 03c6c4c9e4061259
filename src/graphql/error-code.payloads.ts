import { Field, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { ERROR_CODES, type ErrorCode } from "../shared/error-codes.js";

export const ErrorCodeEnum = graphqlEnum<ErrorCode>(
  "ErrorCode",
  "The `extensions.code` of an error.",
  Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, { description }]) => [code, description]),
  ) as Record<ErrorCode, string>,
);

@ObjectType("ErrorCodeDescription", { description: "What an error code means." })
export class ErrorCodeDescriptionType {
  @Field(() => String, {
    description: "The code: one of the values of `ErrorCode`, or one of a newer version.",
  })
  code!: string;

  @Field(() => Boolean, { description: "Whether the same request may succeed later." })
  retryable!: boolean;

  @Field(() => String, { description: "When it comes, and what to do." })
  description!: string;
}
