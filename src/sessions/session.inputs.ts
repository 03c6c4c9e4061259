import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { SessionAuthentication } from "./session-authenticator.js";
import type { SessionToExchange } from "./session-exchange.js";
import type { SessionsToRevoke } from "./session-revocation.js";

@InputType()
abstract class SessionCredentialInput {
  @Field(() => String, { nullable: true, description: "The opaque token of the session." })
  sessionToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A JWT of the session; it may have expired if the session has not.",
  })
  sessionJwt?: string | null;
}

@InputType({ description: "A session's token or JWT: exactly one of them." })
export class AuthenticateSessionInput
  extends SessionCredentialInput
  implements SessionAuthentication
{
  @Field(() => Int, {
    nullable: true,
    description: "Lets the session end so many minutes from now, 5 to 527040; unchanged if absent.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Claims for the top level of the session JWTs, merged with those that it has, null deletes one; 4 KB of JSON. Needs a caller with the permission `sessions:write`.",
  })
  sessionCustomClaims?: JsonObject | null;
}

@InputType({ description: "A session's token or JWT, exactly one of them, and where to go." })
export class ExchangeSessionInput extends SessionCredentialInput implements SessionToExchange {
  @Field(() => ID, { description: "Organization of the new session." })
  organizationId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Lifetime of the new session, 5 to 527040 minutes; 60 if absent.",
  })
  sessionDurationMinutes?: number | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Claims for the top level of the new session's JWTs, 4 KB of JSON; those of the old one stay with it. Needs a caller with the permission `sessions:write`.",
  })
  sessionCustomClaims?: JsonObject | null;
}

@InputType({ description: "Which session to revoke: exactly one of the fields." })
export class RevokeSessionInput implements SessionsToRevoke {
  @Field(() => ID, { nullable: true, description: "Id of the session." })
  sessionId?: string | null;

  @Field(() => String, { nullable: true, description: "The opaque token of the session." })
  sessionToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A JWT of the session, even an expired one.",
  })
  sessionJwt?: string | null;

  @Field(() => ID, { nullable: true, description: "A member, all of whose sessions end." })
  memberId?: string | null;
}
