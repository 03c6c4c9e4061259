import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";
import { constantCase, graphqlEnum } from "../graphql-types/graphql-enum.js";
import type { Actor } from "../shared/caller.js";
import { AUDIT_ACTIONS, type AuditAction } from "./audit-actions.js";
import { ActorTypeEnum } from "./audit-event.payloads.js";

const AuditActionEnum = graphqlEnum<AuditAction>(
  "AuditAction",
  "What the audit log records. `AuditEvent.action` is a String with these values, because new versions add some.",
  AUDIT_ACTIONS,
  constantCase,
);

@InputType("AuditEventFilter", {
  description: "Filter for a list of audit events; all given conditions must hold.",
})
export class AuditEventFilterInput {
  @Field(() => AuditActionEnum, { nullable: true, description: "Events of this action." })
  action?: AuditAction | null;

  @Field(() => ActorTypeEnum, { nullable: true, description: "Events caused by such an actor." })
  actorType?: Actor["type"] | null;

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
