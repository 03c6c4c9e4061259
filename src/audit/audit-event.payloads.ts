import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import type { Actor } from "../shared/caller.js";
import { ACTOR_TYPES } from "./audit-actions.js";

export const ActorTypeEnum = graphqlEnum("ActorType", "Who caused an audit event.", ACTOR_TYPES);

@NodeObjectType("AuditEvent", "auditEventId", {
  permission: "audit:read",
  description:
    "A recorded change, committed together with the change; or tokens issued to a client (`TOKEN_ISSUE`) and verifications of one (`CLIENT_VERIFY`), recorded some seconds later. What clients and members do within an hour, from one network, is one event, which is kept for 30 days unless the server is configured otherwise.",
})
export class AuditEventType {
  @Field(() => ID, { description: "Id of the event." })
  auditEventId!: string;

  /** See `AuditEventResolver.action`. */
  action!: string;

  @Field(() => ActorTypeEnum, { description: "Kind of the actor." })
  actorType!: Actor["type"];

  @Field(() => ID, { description: "Id of the actor." })
  actorId!: string;

  @Field(() => String, { description: "Type of the target, such as `client`." })
  targetType!: string;

  @Field(() => ID, { description: "Id of the target." })
  targetId!: string;

  @Field(() => Int, {
    description:
      "Number of occurrences: tokens that a client gets, its verifications, and what a member does, within an hour from one network are one event. Target, request, address and time are those of the latest.",
  })
  count!: number;

  @Field(() => String, { description: "Always `SUCCESS`: failed changes are not recorded." })
  outcome!: string;

  @Field(() => String, { description: "Id of the request, as in the `x-request-id` header." })
  requestId!: string;

  @Field(() => String, { description: "IP address of the caller." })
  ipAddress!: string;

  @Field(() => GraphQLDateTime, { description: "Time of the event." })
  occurredAt!: Date;
}

export const AuditEventConnection = connectionType("AuditEvent", AuditEventType);
