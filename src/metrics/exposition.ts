import { AggregatorRegistry, Registry } from "prom-client";
import type { Snapshot } from "./metrics.js";

/** Text exposition format 0.0.4 of Prometheus. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Puts the metrics of several processes into one text: counts add up. */
export function expose(snapshots: readonly Snapshot[]): Promise<string> {
  return aggregated(snapshots).metrics();
}

/** What the counts of ended processes add up to. */
export function addCounts(...snapshots: Snapshot[]): Promise<Snapshot> {
  // A gauge tells of a process that is there.
  const counts = snapshots.map((metrics) =>
    metrics.filter(({ type }) => ["counter", "histogram"].includes(String(type))),
  );
  return aggregated(counts).getMetricsAsJSON();
}

function aggregated(snapshots: readonly Snapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots as Snapshot[]);
}
