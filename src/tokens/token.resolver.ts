import { Arg, Authorized, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Caller, Origin } from "../shared/caller.js";
import { CallerIfAny, RequestOrigin } from "../shared/current-caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";
import { IssueTokenInput, IssueTokenPayload, VerifiedTokenType } from "./token.payloads.js";
import type { TokenService } from "./token.service.js";

@Resolver()
export class TokenResolver {
  constructor(private readonly tokens: TokenService) {}

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Mutation(() => IssueTokenPayload, {
    description: "Exchanges a client's id and secret for an access token. One per request.",
  })
  issueToken(
    @RequestOrigin() origin: Origin,
    @Arg("input", () => IssueTokenInput, { description: "Credentials and what is asked for." })
    input: IssueTokenInput,
  ) {
    return this.tokens.issue(origin, input);
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Query(() => VerifiedTokenType, {
    description:
      "Verifies an access token: signature, issuer, audience, times, and that its client is active. A caller with a management key verifies tokens of its own project only.",
  })
  verifyToken(
    @CallerIfAny() caller: Caller | null,
    @Arg("accessToken", () => String, { description: "The token." }) accessToken: string,
    @Arg("requiredScopes", () => [String], {
      nullable: true,
      description: "Scopes that the token must have; `read:*` covers `read:users`.",
    })
    requiredScopes: string[] | null,
    @Arg("maxTokenAgeSeconds", () => Int, {
      nullable: true,
      description: "Refuses a token that was issued longer ago.",
    })
    maxTokenAgeSeconds: number | null,
  ) {
    const input = { accessToken, requiredScopes, maxTokenAgeSeconds };
    return this.tokens.verify(caller?.projectId ?? null, input);
  }
}
