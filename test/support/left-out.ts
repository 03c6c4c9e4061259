import { describe, test } from "@jest/globals";

/**
 * Describes tests that need a tool which a machine may lack. Without it they are left out with a printed line,
 * except in CI, where that fails.
 * @param missing what is missing and how to get it; null: nothing
 */
export function describeUnlessMissing(
  missing: string | null,
  title: string,
  tests: () => void,
): void {
  if (missing === null) {
    describe(title, tests);
    return;
  }
  if (process.env["CI"] === "true") {
    test(title, () => {
      throw new Error(`CI leaves no test out: ${missing}`);
    });
    return;
  }
  process.stderr.write(`Left out: ${title}: ${missing}\n`);
  describe.skip(title, tests);
}
