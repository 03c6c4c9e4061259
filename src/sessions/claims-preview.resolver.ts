import { GraphQLJSONObject } from "graphql-scalars";
import { Arg, Authorized, ID, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { CurrentCaller } from "../shared/current-caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { SessionClaimsPreview } from "./claims-preview.js";

@Resolver()
export class SessionClaimsPreviewResolver {
  constructor(private readonly claimsPreview: SessionClaimsPreview) {}

  // It shows the trusted metadata of both.
  @Authorized<Requirement>("project:read", "members:read", "organizations:read")
  @Query(() => GraphQLJSONObject, {
    description: "The claims that a template would put into a member's session JWTs.",
  })
  previewSessionClaimsTemplate(
    @CurrentCaller() caller: Caller,
    @Arg("memberId", () => ID, { description: "Whose sessions." }) memberId: string,
    @Arg("template", () => String, {
      nullable: true,
      description: "The template; the project's `sessionClaimsTemplate` if absent.",
    })
    template: string | null,
  ) {
    return this.claimsPreview.preview(caller.projectId, memberId, template);
  }
}
