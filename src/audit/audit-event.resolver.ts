import { Arg, Args, Authorized, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { connectionOf } from "../shared/connection.js";
import { CurrentCaller } from "../shared/current-caller.js";
import { PageArgs } from "../shared/page-args.js";
import type { Requirement } from "../shared/permissions.js";
import { AuditEventConnection, AuditEventFilter } from "./audit-event.payloads.js";
import type { AuditEventService } from "./audit-event.service.js";

@Resolver()
export class AuditEventResolver {
  constructor(private readonly events: AuditEventService) {}

  @Authorized<Requirement>("audit:read")
  @Query(() => AuditEventConnection, { description: "The changes of the project, newest first." })
  async auditEvents(
    @CurrentCaller() caller: Caller,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => AuditEventFilter, {
      nullable: true,
      description: "Which events; all without it.",
    })
    filter: AuditEventFilter | null,
  ) {
    return connectionOf(await this.events.list(caller, page, filter ?? {}));
  }
}
