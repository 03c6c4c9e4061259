import { Field, InputType, Int } from "type-graphql";
import type { SigningAlgorithm } from "./project.entity.js";
import { SigningAlgorithmEnum } from "./project.payloads.js";
import type { ProjectChange } from "./project.service.js";

@InputType({ description: "What to change; absent fields stay as they are." })
export class UpdateProjectInput implements ProjectChange {
  @Field(() => String, { nullable: true, description: "Name for people, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'JSON with unquoted placeholders, such as `{ "user_id": {{ client.trusted_metadata.user_id }} }`; null clears it. Applies to the next token.',
  })
  claimsTemplate?: string | null;

  @Field(() => Int, { nullable: true, description: "60 to 2592000 seconds." })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "Signs the next token; keys of the former algorithm stay published.",
  })
  signingAlgorithm?: SigningAlgorithm | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the project still has this version.",
  })
  expectedVersion?: number | null;
}
