import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Authorized, FieldResolver, Resolver, Root } from "type-graphql";
import type { ApiService } from "../apis/api.service.js";
import type { ClientGrant } from "../client-grants/client-grant.entity.js";
import { ClientGrantType } from "../client-grants/client-grant.payloads.js";
import type { Client } from "../clients/client.entity.js";
import { ClientType } from "../clients/client.payloads.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { ClientUsageType, ScopeUseType } from "./usage.payloads.js";
import type { UsageService } from "./usage.service.js";

/** The fields `usage` and `scopeUses` of a client. */
@Resolver(() => ClientType)
export class ClientUsageFieldResolver {
  constructor(private readonly usageService: UsageService) {}

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @FieldResolver(() => ClientUsageType, {
    nullable: true,
    description:
      "How much the client used its credentials, by hour. Hours are kept for ACTIVITY_RETENTION_DAYS.",
  })
  usage(
    @CurrentCaller() caller: Caller,
    @Root() { clientId }: Client,
    @Arg("from", () => GraphQLDateTime, {
      nullable: true,
      description: "From the hour of this time on; 24 hours before `to` if absent.",
    })
    from: Date | null,
    @Arg("to", () => GraphQLDateTime, {
      nullable: true,
      description: "At most 31 days after `from`; now if absent.",
    })
    to: Date | null,
  ) {
    return this.usageService.ofClient(caller, clientId, { from, to });
  }

  @Authorized<Requirement>("clients:read", "own_clients:read")
  @FieldResolver(() => [ScopeUseType], {
    nullable: true,
    description:
      "When the client last asked for each of its `scopes`. A scope that it never asked for is not listed.",
  })
  scopeUses(@CurrentCaller() caller: Caller, @Root() { clientId, projectId }: Client) {
    return this.usageService.scopesOf(caller, clientId, projectId);
  }
}

/** The field `scopeUses` of a grant. */
@Resolver(() => ClientGrantType)
export class GrantScopeUsesFieldResolver {
  constructor(
    private readonly usageService: UsageService,
    private readonly apis: ApiService,
  ) {}

  @Authorized<Requirement>("apis:read")
  @FieldResolver(() => [ScopeUseType], {
    nullable: true,
    description:
      "When the client last asked for each scope of the API. A scope that it never asked for is not listed.",
  })
  async scopeUses(@CurrentCaller() caller: Caller, @Root() { clientId, apiId }: ClientGrant) {
    const api = await this.apis.find(caller, apiId);
    return api && this.usageService.scopesOf(caller, clientId, api.identifier);
  }
}
