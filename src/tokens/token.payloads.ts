import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { ClientType } from "../clients/client.payloads.js";
import { payloadType } from "../graphql-types/payload-type.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { VerifiedClient } from "./client-verifier.js";
import type { VerifiedToken } from "./token.service.js";
import type { Confirmation } from "./token-confirmation.js";

export const IssueTokenPayload = payloadType(
  "IssueTokenPayload",
  {
    accessToken: { type: () => String, description: "The signed JWT." },
    tokenType: { type: () => String, description: "Always `Bearer` (RFC 6750)." },
    expiresIn: { type: () => Int, description: "Lifetime in seconds." },
    scope: {
      type: () => String,
      nullable: true,
      description:
        "Scopes of the token, separated by spaces. If there are none, it is null, or empty in the DEFAULT profile.",
    },
  },
  "An access token, with the members of RFC 6749 section 5.1.",
);

@ObjectType("TokenConfirmation", {
  description: "The key that an access token is bound to (RFC 7800).",
})
export class TokenConfirmationType implements Confirmation {
  @Field(() => String, {
    nullable: true,
    description: "JWK thumbprint of its DPoP key (RFC 9449 section 6.1).",
  })
  jkt!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "SHA-256 thumbprint of its client certificate (RFC 8705 section 3.1).",
  })
  x5tS256!: string | null;
}

@ObjectType("VerifiedToken", { description: "The contents of a valid access token." })
export class VerifiedTokenType implements VerifiedToken {
  @Field(() => ID, { description: "Id of the client that the token was issued to." })
  clientId!: string;

  @Field(() => String, { description: "`sub` of the token." })
  subject!: string;

  @Field(() => String, { description: "`iss` of the token." })
  issuer!: string;

  @Field(() => [String], { description: "`aud` of the token, as a list." })
  audience!: string[];

  @Field(() => [String], { description: "Scopes of the token." })
  scopes!: string[];

  @Field(() => ID, { description: "`jti` of the token." })
  jti!: string;

  @Field(() => GraphQLDateTime, { description: "Time at which the token was issued." })
  issuedAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Time at which the token expires." })
  expiresAt!: Date;

  @Field(() => GraphQLJSONObject, { description: "Claims that the claims template has added." })
  customClaims!: JsonObject;

  @Field(() => TokenConfirmationType, {
    nullable: true,
    description: "The key that the token is bound to; null for a bearer token.",
  })
  confirmation!: TokenConfirmationType | null;
}

export const VerifyTokenPayload = payloadType("VerifyTokenPayload", {
  token: { type: () => VerifiedTokenType, description: "The contents of the valid token." },
});

@ObjectType("VerifiedClient", { description: "What a token of a client would say." })
export class VerifiedClientType implements VerifiedClient {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => String, { description: "`sub` of its tokens." })
  subject!: string;

  @Field(() => String, { description: "`iss` of its tokens." })
  issuer!: string;

  @Field(() => [String], { description: "Audience that it was verified for, as a list." })
  audience!: string[];

  @Field(() => [String], { description: "All scopes that it has been granted for the audience." })
  scopes!: string[];

  @Field(() => GraphQLJSONObject, { description: "Claims that the claims template adds." })
  customClaims!: JsonObject;
}

export const VerifyClientPayload = payloadType("VerifyClientPayload", {
  client: { type: () => VerifiedClientType, description: "The verified client." },
});

export const RevokeTokenPayload = payloadType("RevokeTokenPayload", {
  jti: { type: () => ID, description: "`jti` of the revoked token." },
});

export const RevokeClientTokensPayload = payloadType("RevokeClientTokensPayload", {
  clientId: { type: () => ID, description: "Id of the client whose tokens were revoked." },
  client: {
    type: () => ClientType,
    permission: "clients:read",
    description: "The client whose tokens were revoked.",
  },
});
