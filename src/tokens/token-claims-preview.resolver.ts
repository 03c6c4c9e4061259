import { GraphQLJSONObject } from "graphql-scalars";
import { Arg, Authorized, ID, Query, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { RequestParameterInput } from "./token.inputs.js";
import type { TokenClaimsPreview } from "./token-claims-preview.js";

@Resolver()
export class TokenClaimsPreviewResolver {
  constructor(private readonly claimsPreview: TokenClaimsPreview) {}

  @Authorized<Requirement>("settings:read")
  @Throws("CLIENT_NOT_FOUND")
  @Query(() => GraphQLJSONObject, {
    description:
      "The claims that a template would add to a client's access tokens. Needs `clients:read` too.",
  })
  previewClaimsTemplate(
    @CurrentCaller() caller: Caller,
    @Arg("clientId", () => ID, { description: "Id of the client." }) clientId: string,
    @Arg("template", () => String, {
      nullable: true,
      description: "The template; the project's `claimsTemplate` if absent.",
    })
    template: string | null,
    @Arg("requestParameters", () => [RequestParameterInput], {
      nullable: true,
      description:
        "Parameters of the token request (`{{ request.name }}`), as `issueToken` takes them; the claims of a request without any if absent.",
    })
    requestParameters: RequestParameterInput[] | null,
  ) {
    return this.claimsPreview.preview(caller, clientId, template, requestParameters);
  }
}
