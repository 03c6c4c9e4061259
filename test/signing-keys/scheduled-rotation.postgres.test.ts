import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { updateProject } from "../support/operations.js";
import { type SecondInstance, startTestServer, type TestServer } from "../support/test-server.js";
import { ALGORITHM, signingKeys } from "./signing-key-operations.js";

const DAY_SECONDS = 24 * 3600;

describe("the signing key schedule", () => {
  let server: TestServer;
  let secondInstance: SecondInstance | null;

  beforeAll(async () => {
    server = await startTestServer();
    secondInstance = await server.secondInstance();
    await updateProject(server.operator, {
      signingAlgorithm: ALGORITHM,
      force: true,
      signingKeyRotationDays: 1,
    });
  });

  afterAll(async () => {
    await secondInstance?.stop();
    await server.stop();
  });

  test("rotates each key once when two processes run it at the same time", async () => {
    const schedulers = [server.services, secondInstance?.services].map(
      (services) => services?.keyRotation,
    );
    expect(schedulers.filter((scheduler) => scheduler !== undefined)).toHaveLength(2);
    for (let day = 1; day <= 5; day++) {
      server.clock.advance(DAY_SECONDS);
      await Promise.all(
        [...schedulers, ...schedulers].map((scheduler) => scheduler?.runSchedule()),
      );
      for (const algorithm of [ALGORITHM, "RS256"]) {
        const statuses = (await signingKeys(server.operator, algorithm)).map((key) => key.status);
        expect(statuses.sort()).toEqual(["CURRENT", "NEXT", "PREVIOUS"]);
      }
      const { auditEvents } = await server.operator.request("{ auditEvents { nodes { action } } }");
      const rotations = auditEvents.nodes.filter(
        ({ action }: { action: string }) => action === "SIGNING_KEY_ROTATE",
      );
      expect(rotations).toHaveLength(2 * day);
    }
  });
});
