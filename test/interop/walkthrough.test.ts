import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { runProgram } from "../support/run-program.js";

describe("the README's walk-through", () => {
  let server: LiveServer;

  beforeAll(async () => {
    server = await startLiveServer({ allowInsecureJwks: true });
  });

  afterAll(async () => {
    await server.stop();
  });

  // Its third part runs a real oidc-provider, whose key set and token do not come from Countersign.
  test("passes against a running server and deletes everything that it created", async () => {
    const output = await runProgram(process.execPath, ["scripts/walkthrough.mjs"], {
      COUNTERSIGN_URL: server.publicUrl,
      COUNTERSIGN_PROJECT_ID: server.projectId,
      COUNTERSIGN_SECRET: server.managementSecret,
    });
    expect(output).toContain("All three walk-throughs passed.");
    const { clients, profiles, organizations } = await server.operator.request(
      "{ clients { totalCount } profiles { totalCount } organizations { totalCount } }",
    );
    for (const list of [clients, profiles, organizations]) expect(list.totalCount).toBe(0);
  });
});
