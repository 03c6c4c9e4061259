import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { SigningAlgorithmEnum, TokenProfileEnum } from "../projects/project.payloads.js";
import type { ApiChange, ApiRef, ApiSettings, NewApi } from "./api.service.js";

@InputType({ description: "A scope that an API defines." })
export class ApiScopeInput {
  @Field(() => String, { description: "The scope-token (RFC 6749 section 3.3)." })
  value!: string;

  @Field(() => String, {
    nullable: true,
    description: "Human-readable description of the scope, up to 500 characters.",
  })
  description?: string | null;
}

@InputType()
abstract class ApiSettingsInput implements ApiSettings {
  @Field(() => [ApiScopeInput], {
    nullable: true,
    description: "Scopes that the API defines, up to 1000.",
  })
  scopes?: ApiScopeInput[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Those of its scopes that public metadata show as `scopes_supported`, up to 100; none if never set. Clients that know nothing else ask for all of them, so every client should have been granted them.",
  })
  advertisedScopes?: string[] | null;

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description:
      "Algorithm that its tokens are signed with; the project's if null. The first key of an algorithm is published for 15 minutes before it signs, while the former algorithm signs.",
  })
  signingAlgorithm?: SigningAlgorithm | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether a `signingAlgorithm` without a key signs at once, although verifiers may not have fetched its key yet; false if absent.",
  })
  force?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of its tokens, 60 seconds to the project's `maximumAccessTokenLifetimeSeconds`, unless a grant or a client has its own; null: the project's.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => TokenProfileEnum, {
    nullable: true,
    description: "Format of its tokens; DEFAULT if never set.",
  })
  tokenProfile?: TokenProfileName | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether a request without `scope` gets all granted scopes; true if never set.",
  })
  allowOmittedScope?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether AUTH0 tokens repeat the scopes as `permissions`; false if never set.",
  })
  permissionsClaim?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description: "Client that the API authenticates as to introspect its tokens (RFC 7662).",
  })
  introspectionClientId?: string | null;
}

@InputType({ description: "A new API." })
export class CreateApiInput extends Idempotent(ApiSettingsInput) implements NewApi {
  @Field(() => String, {
    description: "`aud` of its tokens, often a URL; up to 600 characters, cannot be changed later.",
  })
  identifier!: string;

  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;
}

@InputType({
  description:
    "Changes to an API; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateApiInput extends Versioned(ApiSettingsInput) implements ApiChange {
  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;
}

@InputType({ description: "The API to delete." })
export class DeleteApiInput extends Versioned() implements ApiRef {
  @Field(() => ID, { description: "Id of the API." })
  apiId!: string;
}
