import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

describe("a first start on a port that is in use", () => {
  let processes: ServerProcesses;
  const otherServer = createServer();

  beforeAll(async () => {
    processes = await serverProcesses();
    await new Promise<void>((resolve) => otherServer.listen(0, "127.0.0.1", resolve));
  });

  afterAll(async () => {
    otherServer.close();
    await processes.cleanUp();
  });

  test("creates nothing, so that the next start makes the management secret", async () => {
    const { port } = otherServer.address() as { port: number };
    const generated = { BOOTSTRAP_PROJECT_SECRET: "" };
    const { code, output } = await processes.expectStartFailure({
      ...generated,
      PORT: String(port),
    });
    expect(code).toBe(1);
    expect(output).toContain("set PORT to another");
    expect(readdirSync(processes.dataDir)).toEqual([]);

    const server = await processes.start(generated);
    const secret = readFileSync(`${processes.dataDir}/management-secret`, "utf8").trim();
    const login = Buffer.from(`${server.projectId}:${secret}`).toString("base64");
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Basic ${login}` },
      body: JSON.stringify({ query: "{ project { projectId } }" }),
    });
    expect(await response.json()).toEqual({ data: { project: { projectId: server.projectId } } });
    await server.end("SIGTERM");
  });
});
