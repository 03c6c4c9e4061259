import { GraphQLDateTime } from "graphql-scalars";
import { Field, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { ClientType } from "./client.payloads.js";
import type { ClientSecretStatus } from "./client-secret.entity.js";

export const ClientSecretStatusEnum = graphqlEnum<ClientSecretStatus>(
  "ClientSecretStatus",
  "The part that a client's secret has in a rotation. All of them are valid.",
  {
    CURRENT: "The secret that the client keeps.",
    NEXT: "Becomes the current one when its rotation is completed.",
    PREVIOUS: "Was the current one before a rotation, and ends when the overlap does.",
  },
);

@ObjectType("ClientSecret", {
  description: "A valid secret of a client, without the secret itself.",
})
export class ClientSecretType {
  @Field(() => String, {
    nullable: true,
    description: "Its last four characters; null if only its hash was imported.",
  })
  lastFour!: string | null;

  @Field(() => ClientSecretStatusEnum, { description: "Its part in a rotation." })
  status!: ClientSecretStatus;

  @Field(() => GraphQLDateTime, { description: "Time of its creation or import." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which it is not valid; null: it does not end by itself.",
  })
  expiresAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Time of the last authentication with it, to the minute and updated after a few seconds.",
  })
  lastUsedAt!: Date | null;
}

const NULL_SECRET = "null if an idempotency key repeats the call or the caller gave the secret.";
const client = { type: () => ClientType, description: "The client after the change." };

export const RotateSecretPayload = payloadType(
  "RotateSecretPayload",
  {
    client,
    clientSecret: {
      type: () => String,
      nullable: true,
      description: `The new current secret, shown only once; ${NULL_SECRET}`,
    },
  },
  "The client and its new current secret.",
);

export const StartSecretRotationPayload = payloadType(
  "StartSecretRotationPayload",
  {
    client,
    nextClientSecret: {
      type: () => String,
      nullable: true,
      description: `The next secret, shown only once; ${NULL_SECRET}`,
    },
  },
  "The client and its next secret.",
);

export const CompleteSecretRotationPayload = payloadType("CompleteSecretRotationPayload", {
  client,
});

export const CancelSecretRotationPayload = payloadType("CancelSecretRotationPayload", { client });

export const RevokePreviousSecretPayload = payloadType("RevokePreviousSecretPayload", { client });
