import { Field, InputType, Int } from "type-graphql";

// TypeScript requires any[] as the constructor arguments of a mixin's base class.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AbstractClass = abstract new (...args: any[]) => object;

/** Adds `expectedVersion` to the input of an update or deletion. */
export function Versioned<Base extends AbstractClass = typeof Object>(
  base: Base = Object as unknown as Base,
) {
  @InputType()
  abstract class VersionedInput extends base {
    @Field(() => Int, {
      nullable: true,
      description:
        "Version that the caller has read; the call fails with VERSION_CONFLICT if it has changed since.",
    })
    expectedVersion?: number | null;
  }
  return VersionedInput;
}

/** Adds `idempotencyKey` to an input, so that the caller can repeat the mutation after a lost response. */
export function Idempotent<Base extends AbstractClass = typeof Object>(
  base: Base = Object as unknown as Base,
) {
  @InputType()
  abstract class IdempotentInput extends base {
    @Field(() => String, {
      nullable: true,
      description:
        "Repeating the call with the same key within 24 hours has no further effect and returns the result of the first call, without secrets.",
    })
    idempotencyKey?: string | null;
  }
  return IdempotentInput;
}
