import { Arg, Authorized, Mutation, Resolver } from "type-graphql";
import {
  CurrentCaller,
  CurrentRequestSource,
  OptionalCaller,
} from "../graphql-types/current-caller.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller, RequestSource } from "../shared/caller.js";
import { OWN_CREDENTIALS, type Requirement } from "../shared/permissions.js";
import {
  IssueTokenInput,
  RevokeClientTokensInput,
  RevokeTokenInput,
  VerifyClientInput,
  VerifyTokenInput,
} from "./token.inputs.js";
import {
  IssueTokenPayload,
  RevokeClientTokensPayload,
  RevokeTokenPayload,
  VerifyClientPayload,
  VerifyTokenPayload,
} from "./token.payloads.js";
import type { TokenService } from "./token.service.js";

@Resolver()
export class TokenResolver {
  constructor(private readonly tokens: TokenService) {}

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws(
    "INVALID_CLIENT",
    "INVALID_TARGET",
    "INVALID_SCOPE",
    "UNAUTHORIZED_CLIENT",
    "INVALID_DPOP_PROOF",
  )
  @Mutation(() => IssueTokenPayload, {
    description:
      "Issues an access token for a client's id and secret (RFC 6749 section 4.4). Allowed once per request.",
  })
  issueToken(
    @CurrentRequestSource() source: RequestSource,
    @Arg("input", () => IssueTokenInput, {
      description: "The client's credentials and its token request.",
    })
    input: IssueTokenInput,
  ) {
    return this.tokens.issue(source, input);
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws(
    "INVALID_CLIENT",
    "INVALID_TARGET",
    "INVALID_SCOPE",
    "UNAUTHORIZED_CLIENT",
    "INVALID_DPOP_PROOF",
  )
  @Mutation(() => VerifyClientPayload, {
    description:
      "Verifies a client by its id and secret as `issueToken` does, and answers with what its token would say, without one. For APIs that take id and secret with each call. Failures count for the caller's address: forward that of your own caller (`TRUSTED_PROXIES`). Allowed once per request.",
  })
  async verifyClient(
    @CurrentRequestSource() source: RequestSource,
    @Arg("input", () => VerifyClientInput, {
      description: "The client's credentials, and what it must be allowed to do.",
    })
    input: VerifyClientInput,
  ) {
    return { client: await this.tokens.verifyClient(source, input) };
  }

  @Authorized<Requirement>(OWN_CREDENTIALS)
  @Throws("INVALID_SCOPE", "INVALID_TOKEN")
  @Mutation(() => VerifyTokenPayload, {
    description:
      "Verifies an access token: its signature, issuer, audience and times, that its client is active, and that it has not been revoked. A token that is bound to a key needs its DPoP proof. A caller with a management key can verify only tokens of its own project, and is told which check failed. Allowed once per request.",
  })
  async verifyToken(
    @OptionalCaller() caller: Caller | null,
    @Arg("input", () => VerifyTokenInput, {
      description: "The token to verify, and what it must have.",
    })
    input: VerifyTokenInput,
  ) {
    return { token: await this.tokens.verify(caller, input) };
  }

  @Authorized<Requirement>("tokens:write")
  @Throws("INVALID_TOKEN")
  @Mutation(() => RevokeTokenPayload, {
    description: "Revokes an access token; `verifyToken` and introspection reject it at once.",
  })
  async revokeToken(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeTokenInput, { description: "The token to revoke." })
    input: RevokeTokenInput,
  ) {
    return { jti: await this.tokens.revoke(caller, input.accessToken) };
  }

  @Authorized<Requirement>("tokens:write", "own_clients:write")
  @Throws("CLIENT_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => RevokeClientTokensPayload, {
    description: "Revokes all access tokens that a client has got so far.",
  })
  async revokeClientTokens(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeClientTokensInput, { description: "The client." })
    input: RevokeClientTokensInput,
  ) {
    const client = await this.tokens.revokeAllForClient(caller, input);
    return { clientId: client.clientId, client };
  }
}
