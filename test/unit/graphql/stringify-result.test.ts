import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringifyResult } from "../../../src/graphql/stringify-result.js";
import { PORTION } from "../../../src/shared/turns.js";

const value = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.date({ noInvalidDate: true }));
const list = fc.array(value, { maxLength: 3 * PORTION, size: "max" });

describe("the JSON of an answer", () => {
  test("is what JSON.stringify makes of it, however long its lists are", async () => {
    const answer = fc.record(
      {
        errors: fc.constantFrom(undefined, []),
        data: fc.record({
          clients: fc.record({ nodes: list, endCursor: fc.string() }),
          other: fc.oneof(value, fc.dictionary(fc.string(), list)),
        }),
      },
      { requiredKeys: ["data"] },
    );
    await fc.assert(
      fc.asyncProperty(answer, async (result) => {
        expect(await stringifyResult(result as never)).toBe(JSON.stringify(result));
      }),
      { numRuns: 50 },
    );
  });
});
