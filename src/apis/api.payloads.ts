import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { SigningAlgorithmEnum, TokenProfileEnum } from "../projects/project.payloads.js";
import type { ApiScope } from "./api.entity.js";

@ObjectType("ApiScope", { description: "A scope that an API defines." })
export class ApiScopeType implements ApiScope {
  @Field(() => String, { description: "The scope-token (RFC 6749 section 3.3)." })
  value!: string;

  @Field(() => String, {
    nullable: true,
    description: "Human-readable description of the scope.",
  })
  description!: string | null;
}

@NodeObjectType("Api", "apiId", {
  permission: "apis:read",
  description: "A resource server: an audience with its scopes.",
})
export class ApiType extends VersionedType {
  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;

  @Field(() => String, { description: "`aud` of its tokens; cannot be changed." })
  identifier!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => [ApiScopeType], { description: "Scopes that the API defines." })
  scopes!: ApiScope[];

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description:
      "Algorithm that its tokens are signed with, once `signingAlgorithmChange` has taken effect; the project's if null.",
  })
  signingAlgorithm!: SigningAlgorithm | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of its tokens in seconds, unless a grant or a client has its own; null: the project's.",
  })
  accessTokenLifetimeSeconds!: number | null;

  @Field(() => TokenProfileEnum, { description: "Format of its tokens." })
  tokenProfile!: TokenProfileName;

  @Field(() => Boolean, {
    description: "Whether a request without `scope` gets all granted scopes.",
  })
  allowOmittedScope!: boolean;

  @Field(() => Boolean, { description: "Whether AUTH0 tokens repeat the scopes as `permissions`." })
  permissionsClaim!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: "Client that the API authenticates as to introspect its tokens (RFC 7662).",
  })
  introspectionClientId!: string | null;
}

export const ApiConnection = connectionType("Api", ApiType);

export const CreateApiPayload = payloadType("CreateApiPayload", {
  api: { type: () => ApiType, description: "The new API." },
});

/** The ids that the payload of an update names at most. */
export const MAX_NAMED_GRANTS = 200;

export const UpdateApiPayload = payloadType("UpdateApiPayload", {
  api: { type: () => ApiType, description: "The API after the change." },
  clientGrantIds: {
    type: () => [ID],
    description: `Ids of the client grants that lost scopes which the API no longer has, at most ${MAX_NAMED_GRANTS} of them. To have such a scope again it must be granted again.`,
  },
  clientGrantCount: {
    type: () => Int,
    description: "Number of client grants that lost scopes.",
  },
});

export const DeleteApiPayload = payloadType("DeleteApiPayload", {
  apiId: { type: () => ID, description: "Id of the deleted API." },
});
