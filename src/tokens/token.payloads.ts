import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { IssuedToken, TokenRequest, VerifiedToken } from "./token.service.js";

@InputType({ description: "A client's credentials and what it wants." })
export class IssueTokenInput implements TokenRequest {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => String, { description: "Secret of the client, or its next one while rotating." })
  clientSecret!: string;

  @Field(() => ID, { nullable: true, description: "Project; the server's first one if absent." })
  projectId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "What the token is for; the project if absent.",
  })
  audience?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "A subset of the client's; all if absent.",
  })
  scopes?: string[] | null;
}

@ObjectType({ description: "An access token, with the members of RFC 6749 section 5.1." })
export class IssueTokenPayload implements IssuedToken {
  @Field(() => String, { description: "The signed JWT." })
  accessToken!: string;

  @Field(() => String, { description: "Always `Bearer` (RFC 6750)." })
  tokenType!: "Bearer";

  @Field(() => Int, { description: "Lifetime in seconds." })
  expiresIn!: number;

  @Field(() => String, { description: "Granted scopes, separated by spaces." })
  scope!: string;
}

@ObjectType("VerifiedToken", { description: "What a good access token says." })
export class VerifiedTokenType implements VerifiedToken {
  @Field(() => ID, { description: "The client that the token was issued to." })
  clientId!: string;

  @Field(() => [String], { description: "Scopes of the token." })
  scopes!: string[];

  @Field(() => [String], { description: "What the token is for." })
  audience!: string[];

  @Field(() => GraphQLJSONObject, { description: "Claims that the claims template has added." })
  customClaims!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "When the token ends." })
  expiresAt!: Date;
}
