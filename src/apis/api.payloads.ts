import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { SigningAlgorithmEnum, TokenProfileEnum } from "../projects/project.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { ApiScope } from "./api.entity.js";

@ObjectType("ApiScope", { description: "A scope that an API defines." })
export class ApiScopeType implements ApiScope {
  @Field(() => String, { description: "The scope-token (RFC 6749 section 3.3)." })
  value!: string;

  @Field(() => String, { nullable: true, description: "What it allows, for people." })
  description!: string | null;
}

@ObjectType("Api", { description: "A resource server: an audience with its scopes." })
export class ApiType {
  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;

  @Field(() => String, { description: "`aud` of its tokens; never changes." })
  identifier!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => [ApiScopeType], { description: "Scopes that it defines." })
  scopes!: ApiScope[];

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "Algorithm of its tokens; the project's if null.",
  })
  signingAlgorithm!: SigningAlgorithm | null;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of its tokens where that is shorter than the project's.",
  })
  accessTokenLifetimeSeconds!: number | null;

  @Field(() => TokenProfileEnum, { description: "Form of its tokens." })
  tokenProfile!: TokenProfileName;

  @Field(() => Boolean, {
    description: "Whether a request without scope gets all that the client has been granted.",
  })
  allowOmittedScope!: boolean;

  @Field(() => Boolean, { description: "Whether AUTH0 tokens repeat the scopes as `permissions`." })
  permissionsClaim!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: "Client as which the API itself introspects its tokens (RFC 7662).",
  })
  introspectionClientId!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("ApiConnection", { description: "One page of a list of Api." })
export class ApiConnection extends connectionType("Api", ApiType) {}

@ObjectType({ description: "The new API." })
export class CreateApiPayload {
  @Field(() => ApiType, { description: "The new API." })
  api!: ApiType;
}

@ObjectType({ description: "The changed API." })
export class UpdateApiPayload {
  @Field(() => ApiType, { description: "The API after the change." })
  api!: ApiType;
}

@ObjectType({ description: "The deleted API." })
export class DeleteApiPayload {
  @Field(() => ID, { description: "Id of the deleted API." })
  apiId!: string;
}

@InputType({ description: "A scope that an API defines." })
export class ApiScopeInput {
  @Field(() => String, { description: "The scope-token (RFC 6749 section 3.3)." })
  value!: string;

  @Field(() => String, { nullable: true, description: "What it allows, up to 500 characters." })
  description?: string | null;
}
