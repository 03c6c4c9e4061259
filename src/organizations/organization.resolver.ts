import { Arg, Args, Authorized, ID, Mutation, Query, Resolver } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import {
  CreateOrganizationInput,
  DeleteOrganizationInput,
  OrganizationFilterInput,
  OrganizationOrderInput,
  UpdateOrganizationInput,
} from "./organization.inputs.js";
import {
  CreateOrganizationPayload,
  DeleteOrganizationPayload,
  OrganizationConnection,
  OrganizationType,
  UpdateOrganizationPayload,
} from "./organization.payloads.js";
import type { OrganizationService } from "./organization.service.js";
import {
  NEWEST_FIRST,
  type OrganizationList,
  type OrganizationOrder,
} from "./organization-list.js";

@Resolver(() => OrganizationType)
export class OrganizationResolver {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly list: OrganizationList,
  ) {}

  @Authorized<Requirement>("organizations:read")
  @Query(() => OrganizationType, {
    nullable: true,
    description: "An organization by its id; null if there is none.",
  })
  organization(
    @CurrentCaller() caller: Caller,
    @Arg("organizationId", () => ID, { description: "Id of the organization." })
    organizationId: string,
  ) {
    return this.organizations.find(caller, organizationId);
  }

  @Authorized<Requirement>("organizations:read")
  @Query(() => OrganizationConnection, {
    name: "organizations",
    description: "The organizations of the project.",
  })
  async listOrganizations(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => OrganizationFilterInput, {
      nullable: true,
      description: "Filter; all organizations if absent.",
    })
    filter: OrganizationFilterInput | null,
    @Arg("orderBy", () => OrganizationOrderInput, {
      nullable: true,
      description: "Sort order; newest first if absent.",
    })
    order: OrganizationOrder | null,
  ) {
    return toConnection(await this.list.page(caller, page, filter ?? {}, order ?? NEWEST_FIRST));
  }

  @Authorized<Requirement>("organizations:write")
  @Throws("ALREADY_EXISTS", "IDEMPOTENCY_CONFLICT", "ORGANIZATION_NOT_FOUND")
  @Mutation(() => CreateOrganizationPayload, { description: "Creates an organization." })
  async createOrganization(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateOrganizationInput, { description: "The new organization." })
    input: CreateOrganizationInput,
  ) {
    return { organization: await this.organizations.create(caller, input) };
  }

  @Authorized<Requirement>("organizations:write")
  @Throws("ORGANIZATION_NOT_FOUND", "VERSION_CONFLICT", "ALREADY_EXISTS")
  @Mutation(() => UpdateOrganizationPayload, { description: "Changes an organization." })
  async updateOrganization(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateOrganizationInput, { description: "What to change." })
    input: UpdateOrganizationInput,
  ) {
    return { organization: await this.organizations.update(caller, input) };
  }

  @Authorized<Requirement>("organizations:write")
  @Throws("ORGANIZATION_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteOrganizationPayload, {
    description:
      "Deletes an organization, its members, their sessions, and the clients of all of them permanently.",
  })
  async deleteOrganization(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteOrganizationInput, { description: "The organization to delete." })
    input: DeleteOrganizationInput,
  ) {
    return { organizationId: await this.organizations.delete(caller, input) };
  }
}
