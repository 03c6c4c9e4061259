import { Arg, Args, Authorized, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { constantCase } from "../graphql-types/graphql-enum.js";
import { PageArgs } from "../graphql-types/page-args.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { AuditEvent } from "./audit-event.entity.js";
import { AuditEventFilterInput } from "./audit-event.inputs.js";
import { AuditEventConnection, AuditEventType } from "./audit-event.payloads.js";
import type { AuditEventService } from "./audit-event.service.js";

/** GraphQL operations on audit events. */
@Resolver(() => AuditEventType)
export class AuditEventResolver {
  constructor(private readonly events: AuditEventService) {}

  @FieldResolver(() => String, {
    description:
      "What was recorded: one of the values of `AuditAction`, or one of a newer version.",
  })
  action(@Root() event: AuditEvent): string {
    return constantCase(event.action);
  }

  @Authorized<Requirement>("audit:read")
  @Query(() => AuditEventConnection, {
    name: "auditEvents",
    description: "The audit events of the project, newest first.",
  })
  async listAuditEvents(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => AuditEventFilterInput, {
      nullable: true,
      description: "Filter; all events if absent.",
    })
    filter: AuditEventFilterInput | null,
  ) {
    return toConnection(await this.events.list(caller, page, filter ?? {}));
  }
}
