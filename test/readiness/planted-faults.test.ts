import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DATA_CHECKS } from "../../src/readiness/data-checks.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { FAULTS, type Garden } from "./faults.js";

/** They look at the first project alone, see reference-deployment.test.ts. */
const OF_THE_FIRST_PROJECT = ["spare-key-missing"];

const FOUND = `{ readinessChecks(filter: { hasFindings: true }) {
  checkId findingCount findings(first: 5) { nodes { targetType targetId sentence } }
} }`;

describe("a fault planted in a project's data", () => {
  let server: TestServer;
  const gardenOf = async (): Promise<Garden> => ({ server, ...(await server.otherProject()) });
  const found = async ({ operator }: Garden): Promise<{ checkId: string; findings: unknown }[]> =>
    (await operator.request(FOUND)).readinessChecks;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("is not in a new project", async () => {
    expect(await found(await gardenOf())).toEqual([]);
  });

  test("is here for every check", () => {
    const ids = DATA_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set([...Object.keys(FAULTS), ...OF_THE_FIRST_PROJECT])).toEqual(new Set(ids));
  });

  test.each(Object.entries(FAULTS))("is found by %s, and by no other check", async (id, plant) => {
    const garden = await gardenOf();
    await plant(garden);
    const checks = await found(garden);
    expect(checks).toEqual([
      {
        checkId: id,
        findingCount: 1,
        findings: {
          nodes: [
            {
              targetType: expect.any(String),
              targetId: expect.any(String),
              sentence: expect.stringMatching(/^The [\w ]+ \S+ .*[^.]$/),
            },
          ],
        },
      },
    ]);
  });
});
