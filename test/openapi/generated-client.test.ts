import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { startLiveServer } from "../support/live-server.js";
import { createClient } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

const FOLDER = "test/openapi/package";
const DESCRIPTION = "docs/reference/openapi.json";
const programOf = (name: string) => path.join(FOLDER, "node_modules", name);

const missing = existsSync(programOf("openapi-fetch"))
  ? null
  : `its tools are not installed: npm ci --prefix ${FOLDER}`;

describeUnlessMissing(missing, "docs/reference/openapi.json", () => {
  test("passes Redocly's recommended rules", async () => {
    await runProgram(process.execPath, [path.join(FOLDER, "lint.mjs"), DESCRIPTION]);
  });

  test("gives openapi-typescript a client that compiles, and that gets and checks a token", async () => {
    const generated = path.join(FOLDER, "generated.d.ts");
    const generator = programOf("openapi-typescript/bin/cli.js");
    await runProgram(process.execPath, [generator, DESCRIPTION, "--output", generated]);
    await runProgram(process.execPath, [programOf("typescript/bin/tsc"), "-p", FOLDER]);
    const server = await startLiveServer();
    const { clientId, clientSecret } = await createClient(server.operator);
    const output = await runProgram(process.execPath, [path.join(FOLDER, "client.ts")], {
      ISSUER: server.issuer,
      COUNTERSIGN_URL: server.publicUrl,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
    });
    expect(JSON.parse(output)).toEqual({
      type: "Bearer",
      active: true,
      error: "invalid_client",
      status: "ok",
    });
    await server.stop();
  });
});
