import { Arg, Args, Authorized, ID, Mutation, Query, Resolver } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import {
  CurrentCaller,
  CurrentRequestSource,
  OptionalCaller,
} from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";
import {
  AuthenticateSessionInput,
  ExchangeSessionInput,
  RevokeSessionInput,
  SessionOwnerInput,
} from "./session.inputs.js";
import {
  AuthenticateSessionPayload,
  ExchangeSessionPayload,
  RevokeSessionPayload,
  SessionConnection,
  SessionType,
} from "./session.payloads.js";
import type { SessionAuthenticator } from "./session-authenticator.js";
import type { SessionExchange } from "./session-exchange.js";
import type { SessionList } from "./session-list.js";
import type { SessionRevocation } from "./session-revocation.js";

@Resolver(() => SessionType)
export class SessionResolver {
  constructor(
    private readonly list: SessionList,
    private readonly authenticator: SessionAuthenticator,
    private readonly sessionExchange: SessionExchange,
    private readonly revocation: SessionRevocation,
  ) {}

  @Authorized<Requirement>("sessions:read")
  @Query(() => SessionType, {
    nullable: true,
    description: "A session by its id; null if there is none or it has ended.",
  })
  session(
    @CurrentCaller() caller: Caller,
    @Arg("sessionId", () => ID, { description: "Id of the session." }) sessionId: string,
  ) {
    return this.list.find(caller, sessionId);
  }

  @Authorized<Requirement>("sessions:read")
  @Throws("MEMBER_NOT_FOUND", "ORGANIZATION_NOT_FOUND")
  @Query(() => SessionConnection, {
    name: "sessions",
    description: "The active sessions of a member or an organization, newest first.",
  })
  async listSessions(
    @CurrentCaller() caller: Caller,
    @Arg("owner", () => SessionOwnerInput, { description: "The member or the organization." })
    owner: SessionOwnerInput,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return toConnection(await this.list.page(caller, owner, page));
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws("SESSION_NOT_FOUND")
  @Mutation(() => AuthenticateSessionPayload, {
    description:
      "Authenticates a session by its token or JWT and returns a new JWT. A caller with a management key can authenticate only sessions of its own project. Allowed once per request.",
  })
  authenticateSession(
    @OptionalCaller() caller: Caller | null,
    @CurrentRequestSource() source: RequestSource,
    @Arg("input", () => AuthenticateSessionInput, { description: "The session's credential." })
    input: AuthenticateSessionInput,
  ) {
    return this.authenticator.authenticate(caller, source, input);
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws("MEMBER_NOT_FOUND", "ORGANIZATION_NOT_FOUND", "SESSION_NOT_FOUND")
  @Mutation(() => ExchangeSessionPayload, {
    description:
      "Starts a session in another organization, for the active member there whose email address the session's token named; the old session stays, and the new one is revoked with it. A caller with a management key can exchange only sessions of its own project. Allowed once per request.",
  })
  exchangeSession(
    @OptionalCaller() caller: Caller | null,
    @CurrentRequestSource() source: RequestSource,
    @Arg("input", () => ExchangeSessionInput, {
      description: "The session's credential and the organization.",
    })
    input: ExchangeSessionInput,
  ) {
    return this.sessionExchange.exchange(caller, source, input);
  }

  @Authorized<Requirement>("sessions:write")
  @Throws("MEMBER_NOT_FOUND", "SESSION_NOT_FOUND")
  @Mutation(() => RevokeSessionPayload, {
    description:
      "Revokes a session, or all sessions of a member, and those exchanged from them; their JWTs still pass local verification until they expire, for up to 5 minutes.",
  })
  async revokeSession(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeSessionInput, { description: "The session to revoke." })
    input: RevokeSessionInput,
  ) {
    return { sessionId: await this.revocation.revoke(caller, input) };
  }
}
