import { Args, Authorized, FieldResolver, Resolver, Root } from "type-graphql";
import type { Api } from "../apis/api.entity.js";
import { ApiType } from "../apis/api.payloads.js";
import { AuditEventConnection } from "../audit/audit-event.payloads.js";
import type { AuditEventService } from "../audit/audit-event.service.js";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import type { Project } from "../projects/project.entity.js";
import { ProjectType } from "../projects/project.payloads.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Client } from "./client.entity.js";
import { ClientType } from "./client.payloads.js";
import type { ClientService } from "./client.service.js";

/** The field `events` of a client. */
@Resolver(() => ClientType)
export class ClientEventsFieldResolver {
  constructor(private readonly auditEvents: AuditEventService) {}

  @Authorized<Requirement>("audit:read")
  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description: "The audit events whose target is the client, newest first.",
  })
  async events(
    @CurrentCaller() caller: Caller,
    @Root() { clientId }: Client,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    const filter = { targetType: "client", targetId: clientId };
    return toConnection(await this.auditEvents.list(caller, page, filter));
  }
}

/** The field `introspectionClient` of a project. */
@Resolver(() => ProjectType)
export class ProjectIntrospectionClientFieldResolver {
  constructor(private readonly clients: ClientService) {}

  @Authorized<Requirement>("clients:read")
  @FieldResolver(() => ClientType, {
    nullable: true,
    description: "The client of `introspectionClientId`.",
  })
  introspectionClient(@CurrentCaller() caller: Caller, @Root() project: Project) {
    const { projectId, introspectionClientId } = project;
    // A caller with `projects:read` may see other projects, whose clients it does not see.
    if (!introspectionClientId || projectId !== caller.projectId) return null;
    return this.clients.find(caller, introspectionClientId);
  }
}

/** The field `introspectionClient` of an API. */
@Resolver(() => ApiType)
export class ApiIntrospectionClientFieldResolver {
  constructor(private readonly clients: ClientService) {}

  @Authorized<Requirement>("clients:read")
  @FieldResolver(() => ClientType, {
    nullable: true,
    description: "The client of `introspectionClientId`.",
  })
  introspectionClient(@CurrentCaller() caller: Caller, @Root() { introspectionClientId }: Api) {
    return introspectionClientId && this.clients.find(caller, introspectionClientId);
  }
}
