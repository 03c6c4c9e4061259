import { Field, ID, Int } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import { ManagementKeyType } from "./management-key.payloads.js";
import type {
  Environment,
  SessionTokenProfileName,
  SigningAlgorithm,
  TokenProfileName,
} from "./project.entity.js";

export const EnvironmentEnum = graphqlEnum<Environment>(
  "Environment",
  "What a project is used for.",
  {
    TEST: "Development and tests.",
    LIVE: "Production.",
  },
);

export const SigningAlgorithmEnum = graphqlEnum<SigningAlgorithm>(
  "SigningAlgorithm",
  "JWS algorithm of the tokens (RFC 7518, RFC 8037).",
  {
    RS256: "RSA 2048 with PKCS #1 v1.5 and SHA-256; supported by every library.",
    PS256: "RSA 2048 with PSS and SHA-256.",
    ES256: "ECDSA with P-256 and SHA-256.",
    EdDSA:
      "EdDSA with Ed25519 (RFC 8037); Spring, Apache's modules, jsonwebtoken of Node.js, Kubernetes and the gateways of clouds do not verify it.",
  },
  (algorithm) => algorithm.toUpperCase(),
);

export const TokenProfileEnum = graphqlEnum<TokenProfileName>(
  "TokenProfile",
  "Format of access tokens.",
  {
    DEFAULT:
      "`typ` is JWT and `aud` a list, as Stytch's SDKs expect. `nbf` is `iat`: a verifier needs a leeway of some seconds.",
    AUTH0: "`sub` is `id@clients`, with `azp` and `gty`; OAuth errors follow Auth0's format too.",
    RFC9068: "`typ` is at+jwt and `aud` a string (RFC 9068).",
  },
);

export const SessionTokenProfileEnum = graphqlEnum<SessionTokenProfileName>(
  "SessionTokenProfile",
  "Format of session JWTs.",
  {
    DEFAULT: "`typ` is session+jwt and `aud` is `{issuer}/sessions`.",
    STYTCH:
      "Stytch's: `typ` is JWT and `aud` contains the project id, as in access tokens, so that Stytch's SDKs verify it. Such a JWT passes verifiers that look at `aud` alone: a resource server takes it for an access token unless it checks more.",
  },
);

@NodeObjectType("Project", "projectId", {
  permission: "settings:read",
  description: "The tenancy boundary: issuer, keys, clients, members.",
})
export class ProjectType extends VersionedType {
  @Field(() => ID, {
    description: "Id of the project, user name of HTTP Basic and `aud` of the tokens.",
  })
  projectId!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => EnvironmentEnum, { description: "What the project is used for." })
  environment!: Environment;

  @Field(() => String, {
    nullable: true,
    description: "Template of custom claims in access tokens.",
  })
  claimsTemplate!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Template of custom claims in session JWTs.",
  })
  sessionClaimsTemplate!: string | null;

  @Field(() => Int, {
    description:
      "Lifetime of access tokens in seconds, unless a grant, a client or an API has its own.",
  })
  accessTokenLifetimeSeconds!: number;

  @Field(() => Int, {
    description:
      "Longest lifetime in seconds that the project, its APIs, clients and grants can have.",
  })
  maximumAccessTokenLifetimeSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest duration of a session in minutes that one call may set. Null: 366 days for callers with `sessions:write`, 30 days for all others.",
  })
  maximumSessionDurationMinutes!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest time in minutes from a session's first authentication to its end. Null: as for the duration.",
  })
  maximumSessionAgeMinutes!: number | null;

  @Field(() => SigningAlgorithmEnum, {
    description:
      "Algorithm that tokens are signed with, once `signingAlgorithmChange` has taken effect.",
  })
  signingAlgorithm!: SigningAlgorithm;

  @Field(() => SessionTokenProfileEnum, { description: "Format of session JWTs." })
  sessionTokenProfile!: SessionTokenProfileName;

  @Field(() => Int, {
    description:
      "How many clients an owner may have when a caller with `own_clients:write` creates one.",
  })
  maximumClientsPerOwner!: number;

  @Field(() => [String], {
    description:
      "Keys of trusted metadata that a client inherits from the caller with `own_clients:write` that creates it.",
  })
  inheritedMetadataKeys!: string[];

  @Field(() => TokenProfileEnum, {
    description: "Format of access tokens and OAuth errors, unless an API has its own.",
  })
  tokenProfile!: TokenProfileName;

  @Field(() => String, {
    nullable: true,
    description: "Identifier of the API that token requests without an audience are for.",
  })
  defaultAudience!: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Client that a resource server authenticates as to introspect tokens whose audience is the project (RFC 7662).",
  })
  introspectionClientId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Days after which signing keys are rotated; null: only on request.",
  })
  signingKeyRotationDays!: number | null;

  @Field(() => Boolean, {
    description:
      "Whether `GET {issuer}/oauth/verify` accepts a client's id and secret as HTTP Basic.",
  })
  allowBasicVerification!: boolean;
}

export const ProjectConnection = connectionType("Project", ProjectType);

export const CreateProjectPayload = payloadType(
  "CreateProjectPayload",
  {
    project: { type: () => ProjectType, description: "The new project." },
    managementKey: {
      type: () => ManagementKeyType,
      description: "Its first management key, with all permissions that are possible there.",
    },
    secret: {
      type: () => String,
      nullable: true,
      description:
        "The key's secret, shown only once; null if an idempotency key repeats the call.",
    },
  },
  "The new project and its first management key.",
);

export const DeleteProjectPayload = payloadType("DeleteProjectPayload", {
  projectId: { type: () => ID, description: "Id of the deleted project." },
});

export const UpdateProjectPayload = payloadType("UpdateProjectPayload", {
  project: { type: () => ProjectType, description: "The project after the change." },
});
