import { Arg, Args, Authorized, ID, Mutation, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { connectionOf } from "../shared/connection.js";
import { CurrentCaller } from "../shared/current-caller.js";
import { PageArgs } from "../shared/page-args.js";
import type { Requirement } from "../shared/permissions.js";
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
import type { MemberList } from "./member-list.js";

@Resolver(() => MemberType)
export class MemberResolver {
  constructor(
    private readonly members: MemberService,
    private readonly list: MemberList,
  ) {}

  @Authorized<Requirement>("members:read")
  @Query(() => MemberType, {
    nullable: true,
    description: "A member by its id; null if there is none.",
  })
  member(
    @CurrentCaller() caller: Caller,
    @Arg("memberId", () => ID, { description: "Which member." }) memberId: string,
  ) {
    return this.members.find(caller, memberId);
  }

  @Authorized<Requirement>("members:read")
  @Query(() => MemberConnection, {
    name: "members",
    description: "The members of an organization, or of all of them.",
  })
  async listMembers(
    @CurrentCaller() caller: Caller,
    @Arg("organizationId", () => ID, {
      nullable: true,
      description: "Which organization; all of the project's without it.",
    })
    organizationId: string | null,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => MemberFilterInput, {
      nullable: true,
      description: "Which members; all without it.",
    })
    filter: MemberFilterInput | null,
    @Arg("orderBy", () => MemberOrderInput, {
      nullable: true,
      description: "Newest first without it.",
    })
    order: MemberOrderInput | null,
  ) {
    return connectionOf(await this.list.page(caller, organizationId, page, filter, order));
  }

  @Authorized<Requirement>("members:write")
  @Mutation(() => CreateMemberPayload, { description: "Adds a member to an organization." })
  async createMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateMemberInput, { description: "The new member." })
    input: CreateMemberInput,
  ) {
    return { member: await this.members.create(caller, input) };
  }

  @Authorized<Requirement>("members:write")
  @Mutation(() => UpdateMemberPayload, { description: "Changes a member." })
  async updateMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateMemberInput, { description: "What to change." })
    input: UpdateMemberInput,
  ) {
    return { member: await this.members.update(caller, input) };
  }

  @Authorized<Requirement>("members:write")
  @Mutation(() => DeleteMemberPayload, {
    description: "Deletes a member for good, with its sessions.",
  })
  async deleteMember(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteMemberInput, { description: "Which member." })
    input: DeleteMemberInput,
  ) {
    return { memberId: await this.members.delete(caller, input) };
  }
}
