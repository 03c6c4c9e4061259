import { Field, InputType, Int } from "type-graphql";
import type { SigningAlgorithm, TokenProfileName } from "./project.entity.js";
import { SigningAlgorithmEnum, TokenProfileEnum } from "./project.payloads.js";
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

  @Field(() => String, {
    nullable: true,
    description:
      'The same for session JWTs, such as `{ "email": {{ member.email_address }} }`; null clears it. Applies to the next JWT.',
  })
  sessionClaimsTemplate?: string | null;

  @Field(() => Int, { nullable: true, description: "60 to 2592000 seconds." })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "Signs the next token; keys of the former algorithm stay published.",
  })
  signingAlgorithm?: SigningAlgorithm | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A domain of its own, such as `https://auth.example.com/`: becomes `iss`, and requests for that host belong to the project. Null: below the server's public URL.",
  })
  issuer?: string | null;

  @Field(() => TokenProfileEnum, {
    nullable: true,
    description: "Form of access tokens and OAuth errors where no API says another one.",
  })
  tokenProfile?: TokenProfileName | null;

  @Field(() => String, {
    nullable: true,
    description: "Identifier of the API that token requests mean which name none.",
  })
  defaultAudience?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Replace signing keys after this many days, 1 to 365; null: only on request.",
  })
  signingKeyRotationDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the project still has this version.",
  })
  expectedVersion?: number | null;
}
