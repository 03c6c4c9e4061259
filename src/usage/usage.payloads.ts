import { GraphQLDateTime } from "graphql-scalars";
import { Field, Int, ObjectType } from "type-graphql";

@ObjectType("HourUsage", { description: "What a client asked for within an hour." })
export class HourUsageType {
  @Field(() => GraphQLDateTime, { description: "When the hour began." })
  hour!: Date;

  @Field(() => Int, { description: "Tokens that the client got." })
  tokensIssued!: number;

  @Field(() => Int, { description: "Token requests that were refused." })
  requestsRefused!: number;
}

@ObjectType("AudienceUsage", { description: "The tokens that a client got for one audience." })
export class AudienceUsageType {
  @Field(() => String, { description: "Identifier of the API, or id of the project." })
  audience!: string;

  @Field(() => Int, { description: "Tokens that the client got." })
  tokensIssued!: number;
}

@ObjectType("ClientUsage", {
  description:
    "How much a client used its credentials. The latest requests are counted after a few seconds.",
})
export class ClientUsageType {
  @Field(() => GraphQLDateTime, { description: "Begin of the period, a whole hour." })
  from!: Date;

  @Field(() => GraphQLDateTime, { description: "End of the period." })
  to!: Date;

  @Field(() => Int, { description: "Tokens that the client got." })
  tokensIssued!: number;

  @Field(() => Int, {
    description:
      "Token requests that were refused: wrong or ended credentials, scopes and audiences that the client does not have.",
  })
  requestsRefused!: number;

  @Field(() => [HourUsageType], { description: "The hours with requests, oldest first." })
  hours!: HourUsageType[];

  @Field(() => [AudienceUsageType], { description: "The audiences with tokens." })
  audiences!: AudienceUsageType[];
}

@ObjectType("ScopeUse", {
  description: "When a client last asked for a scope that it has, by name, by wildcard or for all.",
})
export class ScopeUseType {
  @Field(() => String, { description: "The scope, as it is granted." })
  scope!: string;

  @Field(() => GraphQLDateTime, { description: "The day, at 00:00 UTC." })
  lastRequestedAt!: Date;
}
