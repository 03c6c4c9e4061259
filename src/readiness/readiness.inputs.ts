import { Field, ID, InputType } from "type-graphql";
import type { CheckLevel } from "./check.js";
import { ReadinessLevelEnum } from "./readiness.payloads.js";
import type { FindingRef, ReadinessCheckFilter } from "./readiness.service.js";

@InputType("ReadinessCheckFilter", {
  description: "Filter for readiness checks and their findings; all given conditions must hold.",
})
export class ReadinessCheckFilterInput implements ReadinessCheckFilter {
  @Field(() => ID, { nullable: true, description: "The check with this id." })
  checkId?: string | null;

  @Field(() => ReadinessLevelEnum, { nullable: true, description: "Checks of this level." })
  level?: CheckLevel | null;

  @Field(() => ID, { nullable: true, description: "Findings about this client." })
  clientId?: string | null;

  @Field(() => ID, { nullable: true, description: "Findings about this API." })
  apiId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Checks with open findings, or those without.",
  })
  hasFindings?: boolean | null;
}

@InputType({ description: "A finding that the caller accepts." })
export class DismissReadinessFindingInput implements FindingRef {
  @Field(() => ID, { description: "Id of the check." })
  checkId!: string;

  @Field(() => ID, { description: "Id of what the finding is about." })
  targetId!: string;

  @Field(() => String, { description: "Why the finding is accepted: 1 to 1000 characters." })
  note!: string;
}

@InputType({ description: "A finding that is no longer accepted." })
export class RestoreReadinessFindingInput implements FindingRef {
  @Field(() => ID, { description: "Id of the check." })
  checkId!: string;

  @Field(() => ID, { description: "Id of what the finding is about." })
  targetId!: string;
}
