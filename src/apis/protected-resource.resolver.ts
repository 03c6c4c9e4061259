import { GraphQLJSONObject } from "graphql-scalars";
import { FieldResolver, Resolver, Root } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Api } from "./api.entity.js";
import { ApiType } from "./api.payloads.js";
import type { ProtectedResources } from "./protected-resources.js";

/** The fields of an API that describe it as a protected resource (RFC 9728). */
@Resolver(() => ApiType)
export class ProtectedResourceFieldResolver {
  constructor(private readonly resources: ProtectedResources) {}

  @FieldResolver(() => [String], {
    description: "Scopes of the API that public metadata list as `scopes_supported`.",
  })
  advertisedScopes(@Root() { advertisedScopes }: Api) {
    return advertisedScopes ?? [];
  }

  @FieldResolver(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Protected resource metadata (RFC 9728), which an API such as an MCP server serves below `/.well-known/oauth-protected-resource`; `scopes_supported` are its `advertisedScopes`. Null unless `identifier` is an http or https URL without a fragment.",
  })
  protectedResourceMetadata(@CurrentCaller() caller: Caller, @Root() api: Api) {
    return this.resources.metadata(caller, api);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "URL at which everybody who knows it reads `protectedResourceMetadata`, for `resource_metadata` of a `WWW-Authenticate` (RFC 9728 section 5.1); null where that is null.",
  })
  protectedResourceMetadataUrl(@CurrentCaller() caller: Caller, @Root() api: Api) {
    return this.resources.metadataUrl(caller, api);
  }
}
