import { Authorized, Query, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { OwnClientLimitsService } from "./own-client-limits.js";
import { OwnClientLimitsType } from "./own-client-limits.payloads.js";

/** What callers with an owner may give to its clients. */
@Resolver()
export class OwnClientLimitsResolver {
  constructor(private readonly limits: OwnClientLimitsService) {}

  @Authorized<Requirement>("own_clients:read")
  @Query(() => OwnClientLimitsType, {
    nullable: true,
    description:
      "What the caller may give to the clients of its owner; null for a caller without an owner.",
  })
  ownClientLimits(@CurrentCaller() caller: Caller) {
    return this.limits.find(caller);
  }
}
