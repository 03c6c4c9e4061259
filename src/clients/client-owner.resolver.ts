import { Authorized, FieldResolver, Resolver, Root } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { MemberType } from "../organizations/member.payloads.js";
import type { MemberService } from "../organizations/member.service.js";
import { OrganizationType } from "../organizations/organization.payloads.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { Caller } from "../shared/caller.js";
import type { ClientOwner } from "../shared/client-owner.js";
import type { Requirement } from "../shared/permissions.js";
import { ClientOwnerType } from "./client-owner.payloads.js";

/** The fields of a client's owner. */
@Resolver(() => ClientOwnerType)
export class ClientOwnerFieldResolver {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly members: MemberService,
  ) {}

  @FieldResolver()
  organizationId(@Root() { type, id }: ClientOwner): string | null {
    return type === "ORGANIZATION" ? id : null;
  }

  @FieldResolver()
  memberId(@Root() { type, id }: ClientOwner): string | null {
    return type === "MEMBER" ? id : null;
  }

  @FieldResolver()
  externalId(@Root() { type, id }: ClientOwner): string | null {
    return type === "EXTERNAL" ? id : null;
  }

  @Authorized<Requirement>("organizations:read")
  @FieldResolver(() => OrganizationType, {
    nullable: true,
    description: "The organization of `organizationId`.",
  })
  organization(@CurrentCaller() caller: Caller, @Root() { type, id }: ClientOwner) {
    return type === "ORGANIZATION" ? this.organizations.find(caller, id) : null;
  }

  @Authorized<Requirement>("members:read")
  @FieldResolver(() => MemberType, {
    nullable: true,
    description: "The member of `memberId`.",
  })
  member(@CurrentCaller() caller: Caller, @Root() { type, id }: ClientOwner) {
    return type === "MEMBER" ? this.members.find(caller, id) : null;
  }
}
