import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { type CheckLevel, MAX_COUNTED, type TargetType } from "./check.js";

export const ReadinessLevelEnum = graphqlEnum<CheckLevel>(
  "ReadinessLevel",
  "How urgent the findings of a readiness check are.",
  {
    ERROR: "Something fails, is about to fail, or is open to others: look today.",
    WARNING: "A risk that an operator should know and decide about.",
    NOTICE: "Something to tidy up.",
  },
);

@ObjectType("ReadinessDismissal", {
  description: "Why an operator accepts a finding, until it is restored.",
})
export class ReadinessDismissalType {
  @Field(() => ID, { description: "Id of the check." })
  checkId!: string;

  @Field(() => ID, { description: "Id of what the finding is about." })
  targetId!: string;

  @Field(() => String, { description: "Why the finding is accepted." })
  note!: string;

  @Field(() => GraphQLDateTime, { description: "Time of the dismissal." })
  dismissedAt!: Date;
}

@ObjectType("ReadinessFinding", { description: "One thing that a readiness check has found." })
export class ReadinessFindingType {
  @Field(() => String, {
    description:
      "Kind of what it is about, as in audit events, such as `clientGrant`; or `surroundings`.",
  })
  targetType!: TargetType;

  @Field(() => ID, {
    description: "Id of what it is about; of surroundings, the setting, file, address or issuer.",
  })
  targetId!: string;

  @Field(() => String, { description: "What was found, as one sentence." })
  sentence!: string;

  @Field(() => ReadinessDismissalType, {
    nullable: true,
    description: "The note with which it was dismissed; null in lists of open findings.",
  })
  dismissal?: ReadinessDismissalType | null;
}

export const ReadinessFindingConnection = connectionType("ReadinessFinding", ReadinessFindingType);

@ObjectType("ReadinessCheck", {
  description: "One thing that is checked of the project, or of the server with the first project.",
})
export class ReadinessCheckType {
  @Field(() => ID, { description: "Id of the check, which never changes." })
  checkId!: string;

  @Field(() => ReadinessLevelEnum, { description: "How urgent its findings are." })
  level!: CheckLevel;

  @Field(() => String, { description: "What is wrong if it finds something." })
  what!: string;

  @Field(() => String, { description: "Why that matters." })
  why!: string;

  @Field(() => String, { description: "What to do about it." })
  whatToDo!: string;

  @Field(() => String, { description: "The page of the documentation, below `docs/`." })
  docs!: string;

  @Field(() => Int, {
    description: `How many findings are open; of more than ${MAX_COUNTED}, it is ${MAX_COUNTED}.`,
  })
  findingCount!: number;
}

export const DismissReadinessFindingPayload = payloadType("DismissReadinessFindingPayload", {
  dismissal: { type: () => ReadinessDismissalType, description: "The dismissal." },
});

export const RestoreReadinessFindingPayload = payloadType("RestoreReadinessFindingPayload", {
  checkId: { type: () => ID, description: "Id of the check." },
  targetId: { type: () => ID, description: "Id of what the finding is about." },
});
