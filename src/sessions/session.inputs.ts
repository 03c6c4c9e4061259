import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { SessionAuthentication } from "./session-authenticator.js";
import type { SessionCredential } from "./session-credentials.js";
import type { SessionToExchange } from "./session-exchange.js";
import type { SessionListOwner } from "./session-list.js";
import type { SessionsToRevoke } from "./session-revocation.js";

@InputType({ description: "A session's token or JWT: exactly one of them." })
export class SessionCredentialInput implements SessionCredential {
  @Field(() => String, { nullable: true, description: "The session's opaque token." })
  sessionToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A JWT of the session; it may have expired if the session has not.",
  })
  sessionJwt?: string | null;
}

@InputType({ description: "The sessions to revoke: exactly one of the fields." })
export class SessionTargetInput extends SessionCredentialInput {
  @Field(() => ID, { nullable: true, description: "Id of the session." })
  sessionId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Id of a member, all of whose sessions are revoked.",
  })
  memberId?: string | null;
}

@InputType({ description: "Whose sessions: exactly one of the fields." })
export class SessionOwnerInput implements SessionListOwner {
  @Field(() => ID, { nullable: true, description: "Id of the member." })
  memberId?: string | null;

  @Field(() => ID, { nullable: true, description: "Id of the organization." })
  organizationId?: string | null;
}

@InputType({ description: "A session's credential, and changes to the session." })
export class AuthenticateSessionInput implements SessionAuthentication {
  @Field(() => SessionCredentialInput, { description: "The session's token or JWT." })
  credential!: SessionCredentialInput;

  @Field(() => Int, {
    nullable: true,
    description:
      "New lifetime of the session from now, 5 minutes up to the maximum of project and profile; unchanged if absent. The maximum age may end the session earlier.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Top-level claims of the session JWTs, merged with the existing ones at every depth; null deletes a claim, or a member of one; up to 4 KB of JSON. Needs the permission `sessions:write`.",
  })
  sessionCustomClaims?: JsonObject | null;
}

@InputType({ description: "A session's credential, and the organization to switch to." })
export class ExchangeSessionInput implements SessionToExchange {
  @Field(() => SessionCredentialInput, { description: "The session's token or JWT." })
  credential!: SessionCredentialInput;

  @Field(() => ID, { description: "Id of the new session's organization." })
  organizationId!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of the new session, 5 minutes up to the maximum of project and profile; 60 if absent. Its age counts from the first authentication of the old session.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Top-level claims of the new session's JWTs, up to 4 KB of JSON; the old session's claims are not copied. Needs the permission `sessions:write`.",
  })
  sessionCustomClaims?: JsonObject | null;
}

@InputType({ description: "The sessions to revoke." })
export class RevokeSessionInput implements SessionsToRevoke {
  @Field(() => SessionTargetInput, { description: "A session, or all sessions of a member." })
  target!: SessionTargetInput;
}
