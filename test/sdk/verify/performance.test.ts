import { describe, expect, test } from "@jest/globals";
import { isLong } from "../../support/property-runs.js";
import { runProgram } from "../../support/run-program.js";

/** Of the CPU time of bare jose. The measured ratio is near 1.1; the machine of a short run is busy with other tests. */
const MOST = isLong ? 1.2 : 1.5;

describe("verification by the SDK", () => {
  test("takes little more CPU time than that by jose alone", async () => {
    const size = isLong ? ["15", "2000"] : ["5", "500"];
    const output = await runProgram(process.execPath, ["scripts/bench/verify.mjs", ...size]);
    const { RS256, ES256 } = JSON.parse(output) as Record<string, { ratio: number }>;
    expect(RS256?.ratio).toBeLessThan(MOST);
    expect(ES256?.ratio).toBeLessThan(MOST);
  });
});
