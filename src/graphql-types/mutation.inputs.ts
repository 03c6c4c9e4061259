import { Field, InputType, Int } from "type-graphql";

// TypeScript wants the arguments of a mixin's base to be any.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AbstractClass = abstract new (...args: any[]) => object;

/** The input of a change or deletion, with the version that the caller has seen. */
export function Versioned<Base extends AbstractClass = typeof Object>(
  base: Base = Object as unknown as Base,
) {
  @InputType()
  abstract class VersionedInput extends base {
    @Field(() => Int, {
      nullable: true,
      description:
        "Version that the caller has read; the call fails with CONFLICT if it has changed since.",
    })
    expectedVersion?: number | null;
  }
  return VersionedInput;
}

/** The input of a creation or rotation that the caller may repeat after a lost answer. */
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
