import { Authorized, FieldResolver, Resolver, Root } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { MemberType } from "../organizations/member.payloads.js";
import type { MemberService } from "../organizations/member.service.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Session } from "./session.entity.js";
import { SessionType } from "./session.payloads.js";

/** The fields `member` and `organization` of a session. */
@Resolver(() => SessionType)
export class SessionOwnerFieldResolver {
  constructor(
    private readonly members: MemberService,
    private readonly organizations: OrganizationService,
  ) {}

  @Authorized<Requirement>("members:read")
  @FieldResolver(() => MemberType, { nullable: true, description: "The session's member." })
  member(@CurrentCaller() caller: Caller, @Root() { memberId }: Session) {
    return this.members.find(caller, memberId);
  }

  @Authorized<Requirement>("organizations:read")
  @FieldResolver(() => OrganizationType, {
    nullable: true,
    description: "That member's organization.",
  })
  organization(@CurrentCaller() caller: Caller, @Root() { organizationId }: Session) {
    return this.organizations.find(caller, organizationId);
  }
}
