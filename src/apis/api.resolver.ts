import { Arg, Args, Authorized, ID, Mutation, Query, Resolver } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { CreateApiInput, DeleteApiInput, UpdateApiInput } from "./api.inputs.js";
import {
  ApiConnection,
  ApiType,
  CreateApiPayload,
  DeleteApiPayload,
  MAX_NAMED_GRANTS,
  UpdateApiPayload,
} from "./api.payloads.js";
import type { ApiService } from "./api.service.js";

/** GraphQL operations on APIs. */
@Resolver(() => ApiType)
export class ApiResolver {
  constructor(private readonly apis: ApiService) {}

  @Authorized<Requirement>("apis:read")
  @Query(() => ApiType, { nullable: true, description: "An API by its id; null if there is none." })
  api(
    @CurrentCaller() caller: Caller,
    @Arg("apiId", () => ID, { description: "Id of the API." }) apiId: string,
  ) {
    return this.apis.find(caller, apiId);
  }

  @Authorized<Requirement>("apis:read")
  @Query(() => ApiType, {
    nullable: true,
    description: "An API by its identifier, the `aud` of its tokens; null if there is none.",
  })
  apiByIdentifier(
    @CurrentCaller() caller: Caller,
    @Arg("identifier", () => String, { description: "Identifier of the API." })
    identifier: string,
  ) {
    return this.apis.findByIdentifier(caller, identifier);
  }

  @Authorized<Requirement>("apis:read")
  @Query(() => ApiConnection, {
    name: "apis",
    description: "The APIs of the project, newest first.",
  })
  async listApis(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await this.apis.list(caller, page));
  }

  @Authorized<Requirement>("apis:write")
  @Throws("ALREADY_EXISTS", "IDEMPOTENCY_CONFLICT", "API_NOT_FOUND", "CLIENT_NOT_FOUND")
  @Mutation(() => CreateApiPayload, { description: "Creates an API." })
  async createApi(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateApiInput, { description: "The new API." }) input: CreateApiInput,
  ) {
    return { api: await this.apis.create(caller, input) };
  }

  @Authorized<Requirement>("apis:write")
  @Throws("API_NOT_FOUND", "CLIENT_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => UpdateApiPayload, {
    description:
      "Changes an API; the change applies from the next token. Client grants lose the scopes that the API no longer has.",
  })
  async updateApi(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateApiInput, { description: "What to change." }) input: UpdateApiInput,
  ) {
    const { api, narrowedGrantIds } = await this.apis.update(caller, input);
    return {
      api,
      clientGrantIds: narrowedGrantIds.slice(0, MAX_NAMED_GRANTS),
      clientGrantCount: narrowedGrantIds.length,
    };
  }

  @Authorized<Requirement>("apis:write")
  @Throws("API_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteApiPayload, { description: "Deletes an API and its grants." })
  async deleteApi(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteApiInput, { description: "The API to delete." })
    input: DeleteApiInput,
  ) {
    return { apiId: await this.apis.delete(caller, input) };
  }
}
