import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

describe("a first start whose port is taken", () => {
  let processes: ServerProcesses;
  const other = createServer();

  beforeAll(async () => {
    processes = await serverProcesses();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  });

  afterAll(async () => {
    other.close();
    await processes.cleanUp();
  });

  test("tells the secret that no other start could tell, and what to do", async () => {
    const { port } = other.address() as { port: number };
    const generated = { BOOTSTRAP_PROJECT_SECRET: "" };
    const { code, output } = await processes.expectStartFailure({
      ...generated,
      PORT: String(port),
    });
    expect(code).toBe(1);
    expect(output).toContain("set PORT to another");
    const [, secret = ""] = /management secret (cmk_\w+)/.exec(output) ?? [];

    const server = await processes.start(generated);
    expect(server.output()).not.toContain("cmk_");
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
