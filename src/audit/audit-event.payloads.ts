import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { NodeObjectType } from "../graphql-types/node.js";

@NodeObjectType("AuditEvent", "auditEventId", {
  description:
    "A recorded change, committed together with the change; or tokens issued to a client (`token.issue`), recorded some seconds later and kept for 30 days.",
})
export class AuditEventType {
  @Field(() => ID, { description: "Id of the event." })
  eventId!: string;

  @Field(() => String, { description: "Action, such as `client.create`." })
  action!: string;

  @Field(() => String, { description: "`MANAGEMENT_KEY`, `CLIENT`, `MEMBER` or `SYSTEM`." })
  actorType!: string;

  @Field(() => ID, { description: "Id of the actor." })
  actorId!: string;

  @Field(() => String, { description: "Type of the target, such as `client`." })
  targetType!: string;

  @Field(() => ID, { description: "Id of the target." })
  targetId!: string;

  @Field(() => Int, {
    description:
      "Number of occurrences: tokens that one client gets from one address within some seconds are one event, whose target is the latest token.",
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
