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

  // Its third part has a real oidc-provider: a key set and a token that we did not make.
  test("passes against a running server, and leaves nothing behind", async () => {
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
