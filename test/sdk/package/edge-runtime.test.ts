import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../../oauth/oauth-operations.js";
import { describeUnlessMissing } from "../../support/left-out.js";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { createClient } from "../../support/operations.js";
import { bundle } from "./bundle.js";
import { missingPackages, PACKAGE_FOLDER } from "./package-folder.js";
import { temporaryFolder } from "./packed-sdk.js";

/** The worker alone, which may call the server of the test. */
const CONFIGURATION = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2025-01-01",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
`;

describeUnlessMissing(missingPackages, "The SDK in an edge runtime (workerd)", () => {
  const folder = temporaryFolder();
  let server: LiveServer;
  let worker: { url: string; stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    server = await startLiveServer();
    const audience = "https://orders.example.test";
    const api = await createApi(server.operator, {
      identifier: audience,
      scopes: [{ value: "orders:read" }],
    });
    const client = await createClient(server.operator);
    await createGrant(server.operator, client, api);
    const settings = {
      url: server.publicUrl,
      issuer: server.issuer,
      projectId: server.projectId,
      secret: server.managementSecret,
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      audience,
    };
    worker = await startWorker(settings);
  });
  afterAll(async () => {
    await worker?.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test("answers many requests at once with tokens that it verifies", async () => {
    const requests = Array.from({ length: 20 }, () => fetch(`${worker?.url}/token`));
    const answers = await Promise.all((await Promise.all(requests)).map((answer) => answer.text()));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^client_/);
  });

  test("calls and protects an API, with DPoP too", async () => {
    const answer = await fetch(`${worker?.url}/call`);
    expect(await answer.json()).toEqual([401, 200, 200]);
  });

  test("manages clients", async () => {
    const answer = await fetch(`${worker?.url}/rotate`);
    expect(await answer.json()).toEqual({ isAnother: true, count: 1 });
  });

  async function startWorker(settings: Record<string, string>) {
    const { code } = await bundle(
      `export { default } from "./${PACKAGE_FOLDER}/programs/worker.ts";`,
      ["node:fs/promises"],
      { SETTINGS: JSON.stringify(settings) },
    );
    writeFileSync(path.join(folder, "worker.js"), code);
    writeFileSync(path.join(folder, "workerd.capnp"), CONFIGURATION);
    const { default: binary } = createRequire(path.resolve(PACKAGE_FOLDER, "package.json"))(
      "workerd",
    );
    const child = spawn(binary, ["serve", path.join(folder, "workerd.capnp"), "--control-fd=3"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    const exited = once(child, "exit");
    const [line] = await Promise.race([
      once(child.stdio[3] as Readable, "data"),
      exited.then(([code]) => Promise.reject(new Error(`workerd ends with ${code}`))),
    ]);
    const { port } = JSON.parse(String(line));
    return {
      url: `http://localhost:${port}`,
      stop: async () => {
        child.kill();
        await exited;
      },
    };
  }
});
