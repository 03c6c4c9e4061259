import { z } from "zod";

/** The fields without those that are null, since null is absent. */
type Given<Shape extends z.core.$ZodShape> = {
  [Name in keyof Shape]?: NonNullable<z.output<Shape[Name]>>;
};

const LIST_FORMAT = new Intl.ListFormat("en-GB");

/**
 * An input object of which exactly one field is wanted. Null is absent. The problem is that of the object, and
 * its message names the fields that were given, never their values.
 * @param shape rules of the fields, which must allow null and absence
 */
export function exactlyOneOf<Shape extends z.core.$ZodShape>(shape: Shape) {
  const names = Object.keys(shape);
  return (
    z
      // Not a record: the classes of GraphQL inputs are no plain objects.
      .looseObject({})
      .superRefine((input, context) => {
        const given = names.filter((name) => input[name] !== null && input[name] !== undefined);
        if (given.length === 1) return;
        const message = `Give exactly one of ${LIST_FORMAT.format(names)}; ${describe(given, names)}`;
        context.addIssue({ code: "custom", message });
      })
      .pipe(z.object(shape))
      .transform(
        (input) =>
          Object.fromEntries(
            Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
          ) as Given<Shape>,
      )
  );
}

function describe(given: readonly string[], names: readonly string[]): string {
  if (given.length === 0) return "none was given";
  if (given.length < names.length) return `${LIST_FORMAT.format(given)} were given`;
  return names.length === 2 ? "both were given" : "all were given";
}
