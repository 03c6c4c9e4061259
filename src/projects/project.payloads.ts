import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import {
  ENVIRONMENTS,
  type Environment,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  TOKEN_PROFILES,
  type TokenProfileName,
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
    PS256: { description: "RSA 2048 with SHA-256 and PSS." },
    ES256: { description: "ECDSA P-256 with SHA-256." },
    EdDSA: { description: "Ed25519." },
  },
});

export const TokenProfileEnum = Object.fromEntries(TOKEN_PROFILES.map((name) => [name, name]));
registerEnumType(TokenProfileEnum, {
  name: "TokenProfile",
  description: "The form of the access tokens for an API.",
  valuesConfig: {
    DEFAULT: { description: "`typ` JWT, `aud` a list; what Stytch's SDKs expect." },
    AUTH0: { description: "`sub` `id@clients`, `azp`, `gty`; errors have Auth0's bodies too." },
    RFC9068: { description: "`typ` at+jwt, `aud` a string (RFC 9068)." },
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

  @Field(() => String, { nullable: true, description: "Adds claims to the session JWTs." })
  sessionClaimsTemplate!: string | null;

  @Field(() => Int, {
    description: "Lifetime of access tokens, unless a client has a shorter one.",
  })
  accessTokenLifetimeSeconds!: number;

  @Field(() => SigningAlgorithmEnum, { description: "Algorithm that tokens are signed with." })
  signingAlgorithm!: SigningAlgorithm;

  @Field(() => TokenProfileEnum, {
    description: "Form of access tokens and OAuth errors where no API says another one.",
  })
  tokenProfile!: TokenProfileName;

  @Field(() => String, {
    nullable: true,
    description: "Identifier of the API that token requests mean which name none.",
  })
  defaultAudience!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "After how many days signing keys are replaced; null: only on request.",
  })
  signingKeyRotationDays!: number | null;

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
