import type { AddressInfo } from "node:net";
import { http } from "../shared/node-http.js";
import { CONTENT_TYPE } from "./exposition.js";

/** Where the metrics are. Prometheus asks for this path unless it is told otherwise. */
const METRICS_PATH = "/metrics";

export interface MetricsServer {
  url: string;
  close(): void;
}

/**
 * Serves the metrics on a port of their own, which no proxy forwards to.
 * @throws errors of listening
 */
export async function serveMetrics(
  { host, port }: { host: string; port: number },
  text: () => Promise<string>,
): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    const [path] = (request.url ?? "").split("?");
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (path !== METRICS_PATH || !isRead) {
      response.writeHead(path === METRICS_PATH ? 405 : 404).end();
      return;
    }
    text().then(
      (body) => response.writeHead(200, { "content-type": CONTENT_TYPE }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const { address, family, port: actualPort } = server.address() as AddressInfo;
  const shownHost = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `http://${shownHost}:${actualPort}${METRICS_PATH}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
