import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import { MemberType } from "../organizations/member.payloads.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

@ObjectType("AuthenticationFactor", { description: "How a member has proved who it is." })
export class AuthenticationFactorType {
  @Field(() => String, { description: "`trusted_auth_token`." })
  type!: string;

  @Field(() => String, { description: "`trusted_token_exchange`." })
  deliveryMethod!: string;

  @Field(() => String, { description: "Id of the trusted auth token, as the profile maps it." })
  tokenId!: string;

  @Field(() => ID, { description: "Profile that the token was accepted under." })
  profileId!: string;

  @Field(() => GraphQLDateTime, { description: "When it was last presented." })
  lastAuthenticatedAt!: string;
}

@ObjectType("Session", { description: "A member that has been recognized, for a while." })
export class SessionType {
  @Field(() => ID, { description: "Id of the session; not its token." })
  sessionId!: string;

  @Field(() => ID, { description: "Member that it belongs to." })
  memberId!: string;

  @Field(() => ID, { description: "Organization of that member." })
  organizationId!: string;

  @Field(() => GraphQLDateTime, { description: "When it began." })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last authenticated here." })
  lastAccessedAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it ends, unless it is extended." })
  expiresAt!: Date;

  @Field(() => GraphQLJSONObject, { description: "Claims that its JWTs have at their top level." })
  customClaims!: JsonObject;

  @Field(() => [AuthenticationFactorType], {
    description: "How the member has proved who it is, the latest last; at most 10.",
  })
  authenticationFactors!: AuthenticationFactorType[];
}

@ObjectType("SessionConnection", { description: "One page of a list of Session." })
export class SessionConnection extends connectionType("Session", SessionType) {}

@ObjectType({ description: "Whose session it is." })
export class AuthenticateSessionPayload {
  @Field(() => SessionType, { description: "The session." })
  session!: SessionType;

  @Field(() => MemberType, { description: "The member that it belongs to." })
  member!: MemberType;

  @Field(() => OrganizationType, { description: "The organization of that member." })
  organization!: OrganizationType;

  @Field(() => String, {
    nullable: true,
    description: "The token, if it was presented; null when a JWT was.",
  })
  sessionToken!: string | null;

  @Field(() => String, { description: "A fresh JWT; it lives for 5 minutes." })
  sessionJwt!: string;
}

@ObjectType({ description: "The new session and its credentials." })
export class ExchangeSessionPayload {
  @Field(() => SessionType, { description: "The new session." })
  session!: SessionType;

  @Field(() => MemberType, { description: "The person's member in that organization." })
  member!: MemberType;

  @Field(() => OrganizationType, { description: "That organization." })
  organization!: OrganizationType;

  @Field(() => String, { description: "The opaque token, shown once." })
  sessionToken!: string;

  @Field(() => String, { description: "A JWT; it lives for 5 minutes." })
  sessionJwt!: string;
}

@ObjectType({ description: "What was revoked." })
export class RevokeSessionPayload {
  @Field(() => ID, {
    nullable: true,
    description: "Id of the revoked session; null when all of a member's were.",
  })
  sessionId!: string | null;
}
