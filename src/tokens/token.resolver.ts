import { Arg, Authorized, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Caller, Origin } from "../shared/caller.js";
import { CallerIfAny, CurrentCaller, RequestOrigin } from "../shared/current-caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";
import {
  IssueTokenInput,
  IssueTokenPayload,
  RevokeClientTokensInput,
  RevokeClientTokensPayload,
  RevokeTokenInput,
  RevokeTokenPayload,
  VerifiedTokenType,
} from "./token.payloads.js";
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
    @Arg("audience", () => String, {
      nullable: true,
      description: "What the token must be for; the project id if absent.",
    })
    audience: string | null,
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
    const input = { accessToken, audience, requiredScopes, maxTokenAgeSeconds };
    return this.tokens.verify(caller?.projectId ?? null, input);
  }

  @Authorized<Requirement>("tokens:write")
  @Mutation(() => RevokeTokenPayload, {
    description: "Ends an access token: `verifyToken` and introspection refuse it at once.",
  })
  async revokeToken(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeTokenInput, { description: "Which token." }) input: RevokeTokenInput,
  ) {
    return { jti: await this.tokens.revoke(caller, input.accessToken) };
  }

  @Authorized<Requirement>("tokens:write")
  @Mutation(() => RevokeClientTokensPayload, {
    description: "Ends all access tokens that a client has got up to this second.",
  })
  async revokeClientTokens(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeClientTokensInput, { description: "Which client." })
    input: RevokeClientTokensInput,
  ) {
    return { client: await this.tokens.revokeAllOf(caller, input) };
  }
}
