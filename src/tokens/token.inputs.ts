import { Field, ID, InputType, Int } from "type-graphql";
import type { ClientRef } from "../clients/client-store.js";
import { Versioned } from "../graphql-types/mutation.inputs.js";
import type { RequestParameter } from "./request-parameters.js";
import type {
  ClientToVerify,
  CredentialsForAudience,
  TokenRequest,
  TokenToVerify,
} from "./token.service.js";
import type { PresentedProof } from "./token-confirmation.js";

@InputType({
  description: "A parameter of a token request, which the project's claims template can name.",
})
export class RequestParameterInput implements RequestParameter {
  @Field(() => String, {
    description:
      "Name of the parameter, as in `{{ request.name }}`: up to 64 letters, digits, `_`, `-`, `.`, `:` and `/`. Names of the protocol, such as `scope`, are refused.",
  })
  name!: string;

  @Field(() => String, {
    description: "Value of the parameter, at most 256 characters; an empty one counts as absent.",
  })
  value!: string;
}

@InputType()
abstract class CredentialsForAudienceInput implements CredentialsForAudience {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => String, {
    description: "Secret of the client; during a rotation either of its two valid ones.",
  })
  clientSecret!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id of the project that the client belongs to; the server's first project if absent, whatever the caller's.",
  })
  projectId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Audience of the token: the project id, or the identifier of an API that the client has a grant on; the project's default if absent.",
  })
  audience?: string | null;
}

@InputType({ description: "A client's credentials and its token request." })
export class IssueTokenInput extends CredentialsForAudienceInput implements TokenRequest {
  @Field(() => [String], {
    nullable: true,
    description:
      "Requested scopes, each covered by one of the client's for the audience (`read:*` covers `read:users`); all if absent. A token with too many of them would be too long: INVALID_SCOPE.",
  })
  scopes?: string[] | null;

  @Field(() => [RequestParameterInput], {
    nullable: true,
    description:
      "Up to 20 parameters for the claims template (`{{ request.name }}`), each named once: the client's own word. As at the token endpoint, those that the template does not name are ignored.",
  })
  requestParameters?: RequestParameterInput[] | null;
}

@InputType({ description: "A client's credentials, and what it must be allowed to do." })
export class VerifyClientInput extends CredentialsForAudienceInput implements ClientToVerify {
  @Field(() => [String], {
    nullable: true,
    description:
      "Scopes that the client must have for the audience. `read:*` covers `read:users`, but no permission of this server.",
  })
  requiredScopes?: string[] | null;
}

@InputType({ description: "The DPoP proof of a request (RFC 9449), and that request." })
export class DpopProofInput implements PresentedProof {
  @Field(() => String, { description: "Value of the request's `DPoP` header; accepted once." })
  proof!: string;

  @Field(() => String, { description: "Method of the request, such as `GET`." })
  httpMethod!: string;

  @Field(() => String, {
    description: "URL of the request as its client sees it; query and fragment do not matter.",
  })
  url!: string;
}

@InputType({ description: "The token to verify, and what it must have." })
export class VerifyTokenInput implements TokenToVerify {
  @Field(() => String, { description: "The access token." })
  accessToken!: string;

  @Field(() => String, {
    nullable: true,
    description: "Audience that the token must have; the project id if absent.",
  })
  audience?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Scopes that the token must have. `read:*` covers `read:users`, but no permission of this server.",
  })
  requiredScopes?: string[] | null;

  @Field(() => Int, { nullable: true, description: "Maximum age of the token in seconds." })
  maxTokenAgeSeconds?: number | null;

  @Field(() => DpopProofInput, {
    nullable: true,
    description: "The DPoP proof that came with a token that is bound to a key.",
  })
  dpop?: DpopProofInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether to accept a token that is bound to a key or client certificate without its proof, because you check `confirmation` yourself; false if absent.",
  })
  acceptBound?: boolean | null;
}

@InputType({ description: "The token to revoke." })
export class RevokeTokenInput {
  @Field(() => String, { description: "The access token." })
  accessToken!: string;
}

@InputType({ description: "The client whose tokens to revoke." })
export class RevokeClientTokensInput extends Versioned() implements ClientRef {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;
}
