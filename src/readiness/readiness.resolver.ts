import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import {
  DismissReadinessFindingInput,
  ReadinessCheckFilterInput,
  RestoreReadinessFindingInput,
} from "./readiness.inputs.js";
import {
  DismissReadinessFindingPayload,
  ReadinessCheckType,
  ReadinessFindingConnection,
  RestoreReadinessFindingPayload,
} from "./readiness.payloads.js";
import type { ReadinessCheck, ReadinessService } from "./readiness.service.js";

/** GraphQL operations on readiness. */
@Resolver(() => ReadinessCheckType)
export class ReadinessResolver {
  constructor(private readonly readiness: ReadinessService) {}

  @Authorized<Requirement>("settings:read")
  @Query(() => [ReadinessCheckType], {
    description:
      "What an operator should look at in the project, and with the first project in the whole server: all checks, the most urgent first, with their findings.",
  })
  readinessChecks(
    @CurrentCaller() caller: Caller,
    @Arg("filter", () => ReadinessCheckFilterInput, {
      nullable: true,
      description: "Limits the checks and findings.",
    })
    filter?: ReadinessCheckFilterInput | null,
  ) {
    return this.readiness.list(caller, filter ?? {});
  }

  @Authorized<Requirement>("settings:write")
  @Mutation(() => DismissReadinessFindingPayload, {
    description:
      "Accepts a finding: it is no longer among the open ones until `restoreReadinessFinding`.",
  })
  async dismissReadinessFinding(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DismissReadinessFindingInput, { description: "The finding, and why." })
    input: DismissReadinessFindingInput,
  ) {
    return { dismissal: await this.readiness.dismiss(caller, input) };
  }

  @Authorized<Requirement>("settings:write")
  @Mutation(() => RestoreReadinessFindingPayload, {
    description: "Undoes `dismissReadinessFinding`; without effect if nothing was dismissed.",
  })
  restoreReadinessFinding(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RestoreReadinessFindingInput, { description: "The finding." })
    input: RestoreReadinessFindingInput,
  ) {
    return this.readiness.restore(caller, input);
  }

  @FieldResolver(() => ReadinessFindingConnection, {
    description: "Open findings, in the order of an index.",
  })
  async findings(@Root() { open }: ReadinessCheck, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await open.page(page));
  }

  @FieldResolver(() => Int, { description: "How many findings are dismissed, counted likewise." })
  dismissedCount(@Root() { dismissed }: ReadinessCheck) {
    return dismissed.count();
  }

  @FieldResolver(() => ReadinessFindingConnection, {
    description: "Findings that are dismissed, with the notes.",
  })
  async dismissedFindings(
    @CurrentCaller() caller: Caller,
    @Root() check: ReadinessCheck,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return toConnection(await this.readiness.listDismissed(caller, check, page));
  }
}
