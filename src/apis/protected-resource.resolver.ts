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
    description: "Those of its scopes that public metadata show as `scopes_supported`.",
  })
  advertisedScopes(@Root() { advertisedScopes }: Api) {
    return advertisedScopes ?? [];
  }

  @FieldResolver(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "The API's protected resource metadata (RFC 9728), for an API that serves it at `/.well-known/oauth-protected-resource`, such as an MCP server; its `scopes_supported` are the `advertisedScopes`. Null unless `identifier` is an http or https URL without a fragment.",
  })
  protectedResourceMetadata(@CurrentCaller() caller: Caller, @Root() api: Api) {
    return this.resources.metadata(caller, api);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "URL at which anybody who knows it can read `protectedResourceMetadata`, for `resource_metadata` in `WWW-Authenticate` (RFC 9728 section 5.1); null where that is null.",
  })
  protectedResourceMetadataUrl(@CurrentCaller() caller: Caller, @Root() api: Api) {
    return this.resources.metadataUrl(caller, api);
  }
}
