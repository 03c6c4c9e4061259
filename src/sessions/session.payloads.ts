import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { MemberType } from "../organizations/member.payloads.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

@ObjectType("AuthenticationFactor", { description: "A proof of the member's identity." })
export class AuthenticationFactorType {
  @Field(() => String, { description: "Always `trusted_auth_token`." })
  type!: string;

  @Field(() => String, { description: "Always `trusted_token_exchange`." })
  deliveryMethod!: string;

  @Field(() => String, { description: "Id of the trusted auth token, as the profile maps it." })
  tokenId!: string;

  @Field(() => ID, { description: "Id of the profile that accepted the token." })
  profileId!: string;

  @Field(() => GraphQLDateTime, { description: "Time at which it was last presented." })
  lastAuthenticatedAt!: string;
}

@NodeObjectType("Session", "sessionId", {
  permission: "sessions:read",
  description: "A session of an authenticated member.",
})
export class SessionType {
  @Field(() => ID, { description: "Id of the session; not its token." })
  sessionId!: string;

  @Field(() => ID, { description: "Id of the session's member." })
  memberId!: string;

  @Field(() => ID, { description: "Id of that member's organization." })
  organizationId!: string;

  @Field(() => GraphQLDateTime, { description: "Time at which it started." })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, {
    description:
      "Time at which it was last authenticated, to the minute and updated after a few seconds; in the answer of a call that authenticates it, the time of the call.",
  })
  lastAccessedAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Time at which it ends unless extended." })
  expiresAt!: Date;

  @Field(() => GraphQLJSONObject, { description: "Top-level claims of its JWTs." })
  customClaims!: JsonObject;

  @Field(() => [AuthenticationFactorType], {
    description: "Proofs of the member's identity, the latest last; at most 10.",
  })
  authenticationFactors!: AuthenticationFactorType[];
}

export const SessionConnection = connectionType("Session", SessionType);

/** The fields of each payload that gives a session. */
export const sessionFields = {
  session: { type: () => SessionType, description: "The session." },
  member: { type: () => MemberType, description: "The session's member." },
  organization: { type: () => OrganizationType, description: "The member's organization." },
  sessionJwt: {
    type: () => String,
    simple: true,
    description: "A new JWT, valid for 5 minutes.",
  },
};

export const AuthenticateSessionPayload = payloadType("AuthenticateSessionPayload", {
  ...sessionFields,
  sessionToken: {
    type: () => String,
    nullable: true,
    description: "The token, if it was presented; null if a JWT was.",
  },
});

export const ExchangeSessionPayload = payloadType(
  "ExchangeSessionPayload",
  {
    ...sessionFields,
    sessionToken: { type: () => String, description: "The opaque token, shown only once." },
  },
  "The new session and its credentials.",
);

export const RevokeSessionPayload = payloadType("RevokeSessionPayload", {
  sessionId: {
    type: () => ID,
    nullable: true,
    description: "Id of the revoked session; null if all sessions of a member were revoked.",
  },
});
