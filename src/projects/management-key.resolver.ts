import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { constantCase } from "../graphql-types/graphql-enum.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { ManagementKey } from "./management-key.entity.js";
import {
  CreateManagementKeyInput,
  DeleteManagementKeyInput,
  UpdateManagementKeyInput,
} from "./management-key.inputs.js";
import {
  CreateManagementKeyPayload,
  DeleteManagementKeyPayload,
  ManagementKeyConnection,
  ManagementKeyType,
  UpdateManagementKeyPayload,
} from "./management-key.payloads.js";
import type { ManagementKeyService } from "./management-key.service.js";

/** GraphQL operations on management keys. */
@Resolver(() => ManagementKeyType)
export class ManagementKeyResolver {
  constructor(private readonly managementKeys: ManagementKeyService) {}

  @FieldResolver(() => [String], {
    description: "Permissions: values of `Permission`, or those of a newer version.",
  })
  permissions(@Root() key: ManagementKey): string[] {
    return key.permissions.map(constantCase);
  }

  @Authorized<Requirement>("management_keys:read")
  @Query(() => ManagementKeyConnection, {
    name: "managementKeys",
    description: "The management keys of the project, newest first.",
  })
  async listManagementKeys(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await this.managementKeys.list(caller, page));
  }

  @Authorized<Requirement>("management_keys:write")
  @Throws("IDEMPOTENCY_CONFLICT", "MANAGEMENT_KEY_NOT_FOUND")
  @Mutation(() => CreateManagementKeyPayload, {
    description: "Creates a management key; its secret is shown only once.",
  })
  createManagementKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateManagementKeyInput, { description: "The new key." })
    input: CreateManagementKeyInput,
  ) {
    return this.managementKeys.create(caller, input);
  }

  @Authorized<Requirement>("management_keys:write")
  @Throws("MANAGEMENT_KEY_NOT_FOUND", "VERSION_CONFLICT", "PRECONDITION_FAILED")
  @Mutation(() => UpdateManagementKeyPayload, {
    description: "Renames a management key, takes permissions away or ends it earlier.",
  })
  async updateManagementKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateManagementKeyInput, { description: "What to change." })
    input: UpdateManagementKeyInput,
  ) {
    return { managementKey: await this.managementKeys.update(caller, input) };
  }

  @Authorized<Requirement>("management_keys:write")
  @Throws("MANAGEMENT_KEY_NOT_FOUND", "PRECONDITION_FAILED")
  @Mutation(() => DeleteManagementKeyPayload, {
    description: "Deletes a management key; it stops working at once.",
  })
  async deleteManagementKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteManagementKeyInput, { description: "The key to delete." })
    input: DeleteManagementKeyInput,
  ) {
    return { managementKeyId: await this.managementKeys.delete(caller, input.managementKeyId) };
  }
}
