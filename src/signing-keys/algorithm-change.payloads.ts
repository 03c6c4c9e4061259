import { GraphQLDateTime } from "graphql-scalars";
import { Field, ObjectType } from "type-graphql";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import { SigningAlgorithmEnum } from "../projects/project.payloads.js";
import type { PendingAlgorithmChange } from "./algorithm-change.js";

@ObjectType("SigningAlgorithmChange", {
  description: "A change of the signing algorithm whose first key is published but does not sign.",
})
export class SigningAlgorithmChangeType implements PendingAlgorithmChange {
  @Field(() => SigningAlgorithmEnum, {
    description: "The former algorithm, which signs until then.",
  })
  signedWith!: SigningAlgorithm;

  @Field(() => GraphQLDateTime, {
    description:
      "Time from which the new algorithm signs, at most a minute or two later: by then verifiers have its key.",
  })
  effectiveAt!: Date;
}
