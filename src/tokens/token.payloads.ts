import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { ClientType } from "../clients/client.payloads.js";
import type { ClientRef } from "../clients/client-store.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { TokenRequest, VerifiedToken } from "./token.service.js";
import type { IssuedToken } from "./token-issuer.js";

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
    description:
      "What the token is for: the project id, or the identifier of an API that the client has a grant on. The project's default if absent.",
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

  @Field(() => String, { description: "Always `Bearer` here (RFC 6750)." })
  tokenType!: IssuedToken["tokenType"];

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

@InputType({ description: "Which token to revoke." })
export class RevokeTokenInput {
  @Field(() => String, { description: "The token." })
  accessToken!: string;
}

@ObjectType({ description: "The revoked token." })
export class RevokeTokenPayload {
  @Field(() => ID, { description: "`jti` of the revoked token." })
  jti!: string;
}

@InputType({ description: "Whose tokens to revoke." })
export class RevokeClientTokensInput implements ClientRef {
  @Field(() => ID, { description: "Which client." })
  clientId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the client still has this version.",
  })
  expectedVersion?: number | null;
}

@ObjectType({ description: "The client, whose tokens so far have ended." })
export class RevokeClientTokensPayload {
  @Field(() => ClientType, { description: "The client." })
  client!: ClientType;
}
