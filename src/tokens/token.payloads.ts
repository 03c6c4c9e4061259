import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { ClientType } from "../clients/client.payloads.js";
import { payloadType } from "../graphql-types/payload-type.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { VerifiedToken } from "./token.service.js";

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

@ObjectType("VerifiedToken", { description: "The contents of a valid access token." })
export class VerifiedTokenType implements VerifiedToken {
  @Field(() => ID, { description: "Id of the client that the token was issued to." })
  clientId!: string;

  @Field(() => [String], { description: "Scopes of the token." })
  scopes!: string[];

  @Field(() => [String], { description: "Audience of the token." })
  audience!: string[];

  @Field(() => GraphQLJSONObject, { description: "Claims that the claims template has added." })
  customClaims!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "Time at which the token expires." })
  expiresAt!: Date;
}

export const RevokeTokenPayload = payloadType("RevokeTokenPayload", {
  jti: { type: () => ID, description: "`jti` of the revoked token." },
});

export const RevokeClientTokensPayload = payloadType("RevokeClientTokensPayload", {
  client: { type: () => ClientType, description: "The client whose tokens were revoked." },
});
