import { describe, expect, test } from "@jest/globals";

/**
 * Describes tests that need a tool which a machine may lack. Without it a printed line and a test say that they
 * are left out. In CI, where nothing may be left out, that test fails.
 * @param missing what is missing and how to get it; null: nothing
 * @param options.alsoInCi for what cannot be installed
 */
export function describeUnlessMissing(
  missing: string | null,
  title: string,
  tests: () => void,
  { alsoInCi = false } = {},
): void {
  if (missing === null) {
    describe(title, tests);
    return;
  }
  process.stderr.write(`Left out: ${title}: ${missing}\n`);
  test(`${title}: left out${alsoInCi ? "" : " outside of CI"}, since ${missing}`, () => {
    if (!alsoInCi) expect(process.env["CI"]).not.toBe("true");
  });
}
