import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of JWK Sets on loopback. Each set has a URL of its own. */
export interface KeyServer {
  /** Serves a set and returns its URL. */
  serve(keys: readonly object[]): string;
  stop(): void;
}

export async function startKeyServer(): Promise<KeyServer> {
  const sets: string[] = [];
  const server = createServer((request, response) => {
    response.end(sets[Number(request.url?.slice(1))]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    serve: (keys) => `http://127.0.0.1:${port}/${sets.push(JSON.stringify({ keys })) - 1}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
