import { Authorized, Query, Resolver } from "type-graphql";
import type { Requirement } from "../shared/permissions.js";
import { VERSION } from "../shared/version.js";
import { ServerType } from "./server.payloads.js";

/** Tells operators which version they have. Nobody else needs to know. */
@Resolver()
export class ServerResolver {
  @Authorized<Requirement>("settings:read")
  @Query(() => ServerType, { nullable: true, description: "The server that answers." })
  server(): ServerType {
    return { version: VERSION };
  }
}
