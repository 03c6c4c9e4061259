import { createServer } from "node:net";
import type { ApplicationOptions } from "../../src/application.js";
import { systemClock } from "../../src/shared/clock.js";
import { startTestServer, type TestServer } from "./test-server.js";

export interface LiveServer extends TestServer {
  /** URL that clients use. Its issuers begin with it. */
  publicUrl: string;
  /** Issuer of the first project. */
  issuer: string;
}

/**
 * A server for client libraries: it is reachable under its public URL, as they require, and its clock is
 * the system's, because they compare times with their own. `clock` of the result therefore has no effect.
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
