import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type { SigningAlgorithm, TokenProfileName } from "../projects/project.entity.js";
import { SigningAlgorithmEnum, TokenProfileEnum } from "../projects/project.payloads.js";
import { ApiScopeInput } from "./api.payloads.js";
import type { ApiChange, ApiRef, ApiSettings, NewApi } from "./api.service.js";

@InputType()
abstract class ApiSettingsInput implements ApiSettings {
  @Field(() => [ApiScopeInput], {
    nullable: true,
    description: "Scopes that it defines, up to 1000.",
  })
  scopes?: ApiScopeInput[] | null;

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "Algorithm of its tokens; the project's if null.",
  })
  signingAlgorithm?: SigningAlgorithm | null;

  @Field(() => Int, {
    nullable: true,
    description: "60 to 2592000 seconds; applies where it is shorter than the project's.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => TokenProfileEnum, { nullable: true, description: "DEFAULT, if never set." })
  tokenProfile?: TokenProfileName | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether a request without scope gets all that is granted; true, if never set.",
  })
  allowOmittedScope?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether AUTH0 tokens repeat the scopes as `permissions`; false, if never set.",
  })
  permissionsClaim?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description: "Client as which the API itself introspects its tokens (RFC 7662).",
  })
  introspectionClientId?: string | null;
}

@InputType({ description: "A new API." })
export class CreateApiInput extends Idempotent(ApiSettingsInput) implements NewApi {
  @Field(() => String, {
    description: "`aud` of its tokens, often a URL; up to 600 characters, never changes.",
  })
  identifier!: string;

  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;
}

@InputType({ description: "What to change; absent fields stay as they are." })
export class UpdateApiInput extends Versioned(ApiSettingsInput) implements ApiChange {
  @Field(() => ID, { description: "Which API." })
  apiId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;
}

@InputType({ description: "Which API to delete." })
export class DeleteApiInput extends Versioned() implements ApiRef {
  @Field(() => ID, { description: "Which API." })
  apiId!: string;
}
