import { Field, ID, InputType, Int } from "type-graphql";
import type { SessionRevocation } from "./session.service.js";
import type { SessionAuthentication } from "./session-authenticator.js";

@InputType({ description: "A session's token or JWT: exactly one of them." })
export class AuthenticateSessionInput implements SessionAuthentication {
  @Field(() => String, { nullable: true, description: "The opaque token of the session." })
  sessionToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A JWT of the session; it may have expired if the session has not.",
  })
  sessionJwt?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Lets the session end so many minutes from now, 5 to 527040; unchanged if absent.",
  })
  sessionDurationMinutes?: number | null;
}

@InputType({ description: "Which session to revoke: exactly one of the fields." })
export class RevokeSessionInput implements SessionRevocation {
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
