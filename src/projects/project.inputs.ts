import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type {
  Environment,
  SessionTokenProfileName,
  SigningAlgorithm,
  TokenProfileName,
} from "./project.entity.js";
import {
  EnvironmentEnum,
  SessionTokenProfileEnum,
  SigningAlgorithmEnum,
  TokenProfileEnum,
} from "./project.payloads.js";
import type { ProjectChange } from "./project.service.js";
import type { NewProject, ProjectDeletion } from "./project-administration.js";

@InputType({ description: "A new project." })
export class CreateProjectInput extends Idempotent() implements NewProject {
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;

  @Field(() => EnvironmentEnum, { description: "What the project is used for." })
  environment!: Environment;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id of the project: one that it has elsewhere, such as Stytch's `project-live-…`, or any other of 1 to 64 characters from A-Z a-z 0-9 _ -; generated if absent.",
  })
  projectId?: string | null;
}

@InputType({ description: "The project to delete." })
export class DeleteProjectInput extends Versioned() implements ProjectDeletion {
  @Field(() => ID, { description: "Id of the project." })
  projectId!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Deletes the project although it has active clients.",
  })
  force?: boolean | null;
}

@InputType({
  description:
    "Changes to the project; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateProjectInput extends Versioned() implements ProjectChange {
  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => EnvironmentEnum, { nullable: true, description: "What the project is used for." })
  environment?: Environment | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Template of custom claims in access tokens: JSON with placeholders, such as `{ "user_id": {{ client.trusted_metadata.user_id }}, "tier": {{ client.trusted_metadata.tier || "free" }} }`; in a string they stand for text. A claim without a value is left out. Reserved claims, and what looks like a placeholder and is none, are refused with line and column. Null clears the template; a change applies from the next token.',
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
    description:
      "Lifetime of access tokens in seconds, from 60 to `maximumAccessTokenLifetimeSeconds`, unless an API, a client or a grant has its own.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest lifetime in seconds, 60 to 2592000, that the project, its APIs, clients and grants can have; none of them may have a longer one.",
  })
  maximumAccessTokenLifetimeSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest duration of a session in minutes, 5 to 527040, that one call may set. Null: 366 days for callers with `sessions:write`, 30 days for all others.",
  })
  maximumSessionDurationMinutes?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest time in minutes, 5 to 527040, from a session's first authentication to its end, which no extension, factor or exchange exceeds. Null: as for the duration. Sessions that last longer already are not shortened.",
  })
  maximumSessionAgeMinutes?: number | null;

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

  @Field(() => Int, {
    nullable: true,
    description:
      "How many clients an owner may have when a caller with `own_clients:write` creates one, 0 to 1000000. Callers with `clients:write` are not limited.",
  })
  maximumClientsPerOwner?: number | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Keys of trusted metadata that a client inherits from the caller with `own_clients:write` that creates it; at most 20, which replace the list.",
  })
  inheritedMetadataKeys?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The project's own issuer, such as `https://auth.example.com/`, with at most three path segments: it becomes `iss`, and requests to that host and path are served for the project. The former one stays accepted until its last token has expired. Null: an issuer below the server's public URL.",
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

  @Field(() => ID, {
    nullable: true,
    description:
      "Client that a resource server authenticates as to introspect tokens whose audience is the project (RFC 7662).",
  })
  introspectionClientId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Days after which signing keys are rotated, 1 to 365; null: only on request.",
  })
  signingKeyRotationDays?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether `GET {issuer}/oauth/verify` accepts a client's id and secret as HTTP Basic, from gateways in `TRUSTED_PROXIES` only; false unless set.",
  })
  allowBasicVerification?: boolean | null;
}
