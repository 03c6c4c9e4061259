import type { FastifyBaseLogger } from "fastify";
import { type ListenAddress, toListenError } from "./listen-problems.js";
import { serveMetrics } from "./metrics/metrics-server.js";

const SETTINGS = { host: "METRICS_HOST", port: "METRICS_PORT" };

export const metricsAddress = (address: { host: string; port: number }): ListenAddress => ({
  ...address,
  settings: SETTINGS,
});

/** Serves metrics until the process ends, since Prometheus asks for them also while it shuts down. */
export async function startMetricsServer(
  address: { host: string; port: number },
  text: () => Promise<string>,
  log: FastifyBaseLogger,
): Promise<void> {
  const server = await serveMetrics(address, text).catch((error: unknown) => {
    throw toListenError(error, metricsAddress(address));
  });
  log.info(`Metrics are served on ${server.url}`);
}
