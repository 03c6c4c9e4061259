import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { MemberType } from "../organizations/member.payloads.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import { SessionType } from "../sessions/session.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { Attestation } from "./attestation.service.js";

@InputType({ description: "A trusted auth token, and what session it shall give." })
export class AttestSessionInput implements Attestation {
  @Field(() => ID, { description: "Profile that the token is to be accepted under." })
  profileId!: string;

  @Field(() => String, { description: "The foreign JWT, up to 16 KiB." })
  token!: string;

  @Field(() => ID, {
    nullable: true,
    description: "Project of the profile; absent: the caller's, or the default project.",
  })
  projectId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Organization of the member; absent: the one of the token or the profile, or the default one.",
  })
  organizationId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of the session from now, 5 to 527040 minutes; 60 if absent.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Claims for the top level of the session JWTs, up to 4 KB of JSON; for a session under way they are merged, null deletes one. Only with a management key.",
  })
  sessionCustomClaims?: JsonObject | null;

  @Field(() => String, {
    nullable: true,
    description: "Token of a session of the same member, which gets a further factor.",
  })
  sessionToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "JWT of such a session; or give `sessionToken`.",
  })
  sessionJwt?: string | null;
}

@ObjectType({ description: "The session and its credentials." })
export class AttestSessionPayload {
  @Field(() => SessionType, { description: "The session." })
  session!: SessionType;

  @Field(() => MemberType, { description: "The member that it belongs to." })
  member!: MemberType;

  @Field(() => OrganizationType, { description: "The organization of that member." })
  organization!: OrganizationType;

  @Field(() => String, {
    nullable: true,
    description: "The opaque token, shown once; null when a session JWT was presented.",
  })
  sessionToken!: string | null;

  @Field(() => String, { description: "A fresh JWT; it lives for 5 minutes." })
  sessionJwt!: string;
}
