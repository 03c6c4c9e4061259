import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";

@InputType("AuditEventFilter", {
  description: "Filter for a list of audit events; all given conditions must hold.",
})
export class AuditEventFilterInput {
  @Field(() => String, { nullable: true, description: "Events of this action." })
  action?: string | null;

  @Field(() => ID, { nullable: true, description: "Events caused by this actor." })
  actorId?: string | null;

  @Field(() => ID, { nullable: true, description: "Events about this target." })
  targetId?: string | null;

  @Field(() => String, { nullable: true, description: "Events of this request." })
  requestId?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Events at this time or later." })
  occurredFrom?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Events before this time." })
  occurredBefore?: Date | null;
}
