import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Member } from "./member.entity.js";
import {
  CreateMemberInput,
  DeleteMemberInput,
  MemberFilterInput,
  MemberOrderInput,
  UpdateMemberInput,
} from "./member.inputs.js";
import {
  CreateMemberPayload,
  DeleteMemberPayload,
  MemberConnection,
  MemberType,
  UpdateMemberPayload,
} from "./member.payloads.js";
import type { MemberService } from "./member.service.js";
import { type MemberList, type MemberOrder, NEWEST_FIRST } from "./member-list.js";
import { OrganizationType } from "./organization.payloads.js";
import type { OrganizationService } from "./organization.service.js";

@Resolver(() => MemberType)
export class MemberResolver {
  constructor(
    private readonly members: MemberService,
    private readonly list: MemberList,
    private readonly organizations: OrganizationService,
  ) {}

  @Authorized<Requirement>("members:read")
  @Query(() => MemberType, {
    nullable: true,
    description: "A member by its id; null if there is none.",
  })
  member(
    @CurrentCaller() caller: Caller,
    @Arg("memberId", () => ID, { description: "Id of the member." }) memberId: string,
  ) {
    return this.members.find(caller, memberId);
  }

  @Authorized<Requirement>("members:read")
  @Throws("ORGANIZATION_NOT_FOUND")
  @Query(() => MemberConnection, {
    name: "members",
    description: "The members of an organization, or of all organizations of the project.",
  })
  async listMembers(
    @CurrentCaller() caller: Caller,
    @Arg("organizationId", () => ID, {
      nullable: true,
      description: "Id of the organization; all if absent.",
    })
    organizationId: string | null,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => MemberFilterInput, {
      nullable: true,
      description: "Filter; all members if absent.",
    })
    filter: MemberFilterInput | null,
    @Arg("orderBy", () => MemberOrderInput, {
      nullable: true,
      description: "Sort order; newest first if absent.",
    })
    order: MemberOrder | null,
  ) {
    return toConnection(
      await this.list.page(caller, organizationId, page, filter ?? {}, order ?? NEWEST_FIRST),
    );
  }

  @Authorized<Requirement>("members:write")
  @Throws("ORGANIZATION_NOT_FOUND", "ALREADY_EXISTS", "IDEMPOTENCY_CONFLICT", "MEMBER_NOT_FOUND")
  @Mutation(() => CreateMemberPayload, { description: "Adds a member to an organization." })
  async createMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateMemberInput, { description: "The new member." })
    input: CreateMemberInput,
  ) {
    return { member: await this.members.create(caller, input) };
  }

  @Authorized<Requirement>("members:write")
  @Throws("MEMBER_NOT_FOUND", "VERSION_CONFLICT", "ALREADY_EXISTS")
  @Mutation(() => UpdateMemberPayload, { description: "Changes a member." })
  async updateMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateMemberInput, { description: "What to change." })
    input: UpdateMemberInput,
  ) {
    return { member: await this.members.update(caller, input) };
  }

  @Authorized<Requirement>("members:write")
  @Throws("MEMBER_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteMemberPayload, {
    description: "Deletes a member, its sessions and its clients permanently.",
  })
  async deleteMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteMemberInput, { description: "The member to delete." })
    input: DeleteMemberInput,
  ) {
    return { memberId: await this.members.delete(caller, input) };
  }

  @Authorized<Requirement>("organizations:read")
  @FieldResolver(() => OrganizationType, {
    nullable: true,
    description: "The member's organization.",
  })
  organization(@CurrentCaller() caller: Caller, @Root() { organizationId }: Member) {
    return this.organizations.find(caller, organizationId);
  }
}
