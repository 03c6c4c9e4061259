import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
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
export class ApiType extends VersionedType {
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
}

@ObjectType("ApiConnection", { description: "One page of a list of Api." })
export class ApiConnection extends connectionType("Api", ApiType) {}

export const CreateApiPayload = payloadType("CreateApiPayload", {
  api: { type: () => ApiType, description: "The new API." },
});

export const UpdateApiPayload = payloadType("UpdateApiPayload", {
  api: { type: () => ApiType, description: "The API after the change." },
});

export const DeleteApiPayload = payloadType("DeleteApiPayload", {
  apiId: { type: () => ID, description: "Id of the deleted API." },
});

@InputType({ description: "A scope that an API defines." })
export class ApiScopeInput {
  @Field(() => String, { description: "The scope-token (RFC 6749 section 3.3)." })
  value!: string;

  @Field(() => String, { nullable: true, description: "What it allows, up to 500 characters." })
  description?: string | null;
}
