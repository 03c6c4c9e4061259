import { Field, InputType, Int } from "type-graphql";
import { Versioned } from "../graphql-types/mutation.inputs.js";
import type {
  SessionTokenProfileName,
  SigningAlgorithm,
  TokenProfileName,
} from "./project.entity.js";
import {
  SessionTokenProfileEnum,
  SigningAlgorithmEnum,
  TokenProfileEnum,
} from "./project.payloads.js";
import type { ProjectChange } from "./project.service.js";

@InputType({ description: "Changes to the project; absent fields stay unchanged." })
export class UpdateProjectInput extends Versioned() implements ProjectChange {
  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Template of custom claims in access tokens: JSON with placeholders, such as `{ "user_id": {{ client.trusted_metadata.user_id }}, "tier": {{ client.trusted_metadata.tier || "free" }} }`; in a string they stand for text. A claim without a value is left out. Null clears the template; a change applies from the next token.',
  })
  claimsTemplate?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Template of custom claims in session JWTs, such as `{ "email": {{ member.email_address }} }`. Null clears it; a change applies from the next JWT.',
  })
  sessionClaimsTemplate?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of access tokens, 60 to 2592000 seconds.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description:
      "Algorithm that tokens are signed with. The first key of an algorithm is published for 15 minutes before it signs, while the former algorithm signs; keys of the former algorithm stay published.",
  })
  signingAlgorithm?: SigningAlgorithm | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether a `signingAlgorithm` without a key signs at once, although verifiers may not have fetched its key yet; false if absent.",
  })
  force?: boolean | null;

  @Field(() => SessionTokenProfileEnum, {
    nullable: true,
    description: "Format of session JWTs; a change applies from the next JWT.",
  })
  sessionTokenProfile?: SessionTokenProfileName | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The project's own domain, such as `https://auth.example.com/`: it becomes `iss`, and requests to that host are served for the project. Null: an issuer below the server's public URL.",
  })
  issuer?: string | null;

  @Field(() => TokenProfileEnum, {
    nullable: true,
    description: "Format of access tokens and OAuth errors, unless an API has its own.",
  })
  tokenProfile?: TokenProfileName | null;

  @Field(() => String, {
    nullable: true,
    description: "Identifier of the API that token requests without an audience are for.",
  })
  defaultAudience?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Days after which signing keys are rotated, 1 to 365; null: only on request.",
  })
  signingKeyRotationDays?: number | null;
}
