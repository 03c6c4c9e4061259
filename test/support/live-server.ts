import { createServer } from "node:net";
import type { ApplicationOptions } from "../../src/application.js";
import { systemClock } from "../../src/shared/clock.js";
import { startTestServer, type TestServer } from "./test-server.js";

export interface LiveServer extends TestServer {
  /** What its clients reach it by; its issuers begin with it. */
  publicUrl: string;
  /** Issuer of the first project. */
  issuer: string;
}

/**
 * The server as foreign programs see it: they find it under the URL that it says of itself, and look
 * at their own clocks. So the clock runs, and `clock` of the result moves nothing.
 */
export async function startLiveServer(
  overrides: Partial<ApplicationOptions> = {},
): Promise<LiveServer> {
  const port = await freePort();
  const publicUrl = overrides.publicUrl ?? `http://localhost:${port}`;
  const server = await startTestServer({ port, publicUrl, clock: systemClock, ...overrides });
  return Object.assign(server, { publicUrl, issuer: `${publicUrl}/projects/${server.projectId}` });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === "string") throw new Error("no port");
  return address.port;
}
