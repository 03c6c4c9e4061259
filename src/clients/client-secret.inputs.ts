import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent } from "../graphql-types/mutation.inputs.js";
import type { Rotation, RotationRef, StagedRotation } from "./secret-rotation.js";
import { DEFAULT_OVERLAP_SECONDS } from "./secret-rules.js";

@InputType()
abstract class RotationRefInput implements RotationRef {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;
}

@InputType()
abstract class NewSecretInput extends Idempotent(RotationRefInput) implements StagedRotation {
  @Field(() => String, {
    nullable: true,
    description:
      "The new secret, if it is not to be generated: judged like that of `importClient`, and not shown again.",
  })
  clientSecret?: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which the new secret is not valid; if absent, it stays valid.",
  })
  secretExpiresAt?: Date | null;
}

@InputType({ description: "The client whose secret to replace." })
export class RotateSecretInput extends NewSecretInput implements Rotation {
  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_OVERLAP_SECONDS,
    description:
      "How long the former secret stays valid: 0 to 7776000 seconds (90 days). 0 ends a leaked secret at once.",
  })
  overlapSeconds?: number | null;
}

@InputType({ description: "The client whose secret rotation to start." })
export class StartSecretRotationInput extends NewSecretInput {}

@InputType({ description: "The client whose secret rotation to complete." })
export class CompleteSecretRotationInput extends RotationRefInput {}

@InputType({ description: "The client whose secret rotation to cancel." })
export class CancelSecretRotationInput extends RotationRefInput {}

@InputType({ description: "The client whose previous secret to revoke." })
export class RevokePreviousSecretInput extends RotationRefInput {}
