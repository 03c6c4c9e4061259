import { GraphQLJSONObject } from "graphql-scalars";
import { Arg, Authorized, ID, Query, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { SessionClaimsPreview } from "./session-claims-preview.js";

@Resolver()
export class SessionClaimsPreviewResolver {
  constructor(private readonly claimsPreview: SessionClaimsPreview) {}

  @Authorized<Requirement>("settings:read")
  @Throws("MEMBER_NOT_FOUND")
  @Query(() => GraphQLJSONObject, {
    description:
      "The claims that a template would add to a member's session JWTs. Needs `members:read` and `organizations:read` too.",
  })
  previewSessionClaimsTemplate(
    @CurrentCaller() caller: Caller,
    @Arg("memberId", () => ID, { description: "Id of the member." }) memberId: string,
    @Arg("template", () => String, {
      nullable: true,
      description: "The template; the project's `sessionClaimsTemplate` if absent.",
    })
    template: string | null,
  ) {
    return this.claimsPreview.preview(caller, memberId, template);
  }
}
