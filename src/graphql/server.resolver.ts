import { Authorized, Query, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { ServerType } from "./server.payloads.js";
import type { ServerInformation, ServerInformationService } from "./server-information.js";

/** GraphQL operations on the server itself. */
@Resolver()
export class ServerResolver {
  constructor(private readonly information: ServerInformationService) {}

  @Authorized<Requirement>("settings:read")
  @Query(() => ServerType, { description: "The server that answers." })
  server(@CurrentCaller() caller: Caller): ServerInformation {
    return this.information.read(caller);
  }
}
