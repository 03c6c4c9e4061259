import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionType } from "../shared/connection.js";

@ObjectType("AuditEvent", {
  description:
    "One recorded change, written together with it; or tokens that a client got (`token.issue`), written some seconds later and kept for 30 days.",
})
export class AuditEventType {
  @Field(() => ID, { description: "Id of the event." })
  eventId!: string;

  @Field(() => String, { description: "What was done, such as `client.create`." })
  action!: string;

  @Field(() => String, { description: "`MANAGEMENT_KEY`, `CLIENT`, `MEMBER` or `SYSTEM`." })
  actorType!: string;

  @Field(() => ID, { description: "Id of who did it." })
  actorId!: string;

  @Field(() => String, { description: "What kind of thing was changed, such as `client`." })
  targetType!: string;

  @Field(() => ID, { description: "Id of what was changed." })
  targetId!: string;

  @Field(() => Int, {
    description:
      "How many times: tokens that one client got from one address within some seconds are one event, whose target is the latest.",
  })
  count!: number;

  @Field(() => String, { description: "`SUCCESS`: a change that failed leaves no event." })
  outcome!: string;

  @Field(() => String, { description: "Id of the request, also in the `x-request-id` header." })
  requestId!: string;

  @Field(() => String, { description: "Address that the request came from." })
  ipAddress!: string;

  @Field(() => GraphQLDateTime, { description: "When it happened." })
  occurredAt!: Date;
}

@InputType({ description: "Narrows a list of audit events; all given conditions must hold." })
export class AuditEventFilter {
  @Field(() => String, { nullable: true, description: "Only this action." })
  action?: string | null;

  @Field(() => ID, { nullable: true, description: "Only what this actor did." })
  actorId?: string | null;

  @Field(() => ID, { nullable: true, description: "Only what was done to this target." })
  targetId?: string | null;

  @Field(() => String, { nullable: true, description: "Only what this request did." })
  requestId?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "At this time or later." })
  occurredFrom?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Before this time." })
  occurredBefore?: Date | null;
}

@ObjectType("AuditEventConnection", { description: "One page of a list of AuditEvent." })
export class AuditEventConnection extends connectionType("AuditEvent", AuditEventType) {}
