import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import {
  ENVIRONMENTS,
  type Environment,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from "./project.entity.js";

export const EnvironmentEnum = Object.fromEntries(ENVIRONMENTS.map((name) => [name, name]));
registerEnumType(EnvironmentEnum, {
  name: "Environment",
  description: "What a project is for.",
  valuesConfig: {
    TEST: { description: "Development and tests." },
    LIVE: { description: "Production." },
  },
});

export const SigningAlgorithmEnum = Object.fromEntries(
  SIGNING_ALGORITHMS.map((name) => [name, name]),
);
registerEnumType(SigningAlgorithmEnum, {
  name: "SigningAlgorithm",
  description: "JWS algorithm of the tokens (RFC 7518, RFC 8037).",
  valuesConfig: {
    RS256: { description: "RSA 2048 with SHA-256; every library knows it." },
    ES256: { description: "ECDSA P-256 with SHA-256." },
    EdDSA: { description: "Ed25519." },
  },
});

@ObjectType("Project", { description: "The tenancy boundary: issuer, keys, clients, members." })
export class ProjectType {
  @Field(() => ID, { description: "Id; the user name of HTTP Basic, and `aud` of the tokens." })
  projectId!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => EnvironmentEnum, { description: "What the project is for." })
  environment!: Environment;

  @Field(() => String, { nullable: true, description: "Adds claims to the access tokens." })
  claimsTemplate!: string | null;

  @Field(() => Int, {
    description: "Lifetime of access tokens, unless a client has a shorter one.",
  })
  accessTokenLifetimeSeconds!: number;

  @Field(() => SigningAlgorithmEnum, { description: "Algorithm that tokens are signed with." })
  signingAlgorithm!: SigningAlgorithm;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType({ description: "The changed project." })
export class UpdateProjectPayload {
  @Field(() => ProjectType, { description: "The project after the change." })
  project!: ProjectType;
}
