import { Field, ID, InputType } from "type-graphql";
import type { ClientRef } from "../clients/client-store.js";
import { Versioned } from "../graphql-types/mutation.inputs.js";
import type { TokenRequest } from "./token.service.js";

@InputType({ description: "A client's credentials and its token request." })
export class IssueTokenInput implements TokenRequest {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => String, {
    description: "Secret of the client; during a rotation the current or the next one.",
  })
  clientSecret!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id of the project that the client belongs to; the server's default project if absent.",
  })
  projectId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Audience of the token: the project id, or the identifier of an API that the client has a grant on; the project's default if absent.",
  })
  audience?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Requested scopes, each covered by one of the client's for the audience (`read:*` covers `read:users`); all if absent.",
  })
  scopes?: string[] | null;
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
