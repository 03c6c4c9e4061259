import { Arg, Args, Authorized, Query, Resolver } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { AuditEventFilterInput } from "./audit-event.inputs.js";
import { AuditEventConnection } from "./audit-event.payloads.js";
import type { AuditEventService } from "./audit-event.service.js";

/** GraphQL operations on audit events. */
@Resolver()
export class AuditEventResolver {
  constructor(private readonly events: AuditEventService) {}

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
