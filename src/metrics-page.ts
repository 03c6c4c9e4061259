import { measureDatabase } from "./database-metrics.js";
import { Metrics } from "./metrics/metrics.js";
import { ReportedMetrics } from "./metrics/reported-metrics.js";
import { code, section, table } from "./reference/markdown.js";
import { systemClock } from "./shared/clock.js";

/** Describes the metrics that are registered, without a value of any. */
export function metricsPage(): string[] {
  const metrics = new Metrics();
  const connections = () => ({ used: 0, idle: 0, waiting: 0, max: 0 });
  // Nothing is measured until somebody asks for values.
  measureDatabase(metrics, { connections } as never, systemClock);
  const describe = (registered: Metrics["ofProcess"]) =>
    table(
      ["metric", "type", "labels", "meaning"],
      registered.getMetricsAsArray().map((metric) => {
        const { name, type, help, labelNames = [] } = metric as typeof metric & Described;
        return [code(name), String(type), labelNames.map((label) => code(label)).join(", "), help];
      }),
    );
  return [
    "What `/metrics` on `METRICS_PORT` shows. [Monitoring](../operations/monitoring.md) tells how to read and alert on it.",
    section(
      2,
      "Of all processes together",
      "Counts of processes that have ended stay in the sums.",
      describe(metrics.ofProcess),
    ),
    section(2, "Of the database", "The same for every process.", describe(metrics.ofDatabase)),
    section(
      2,
      "Of the workers",
      "With `WORKERS` of 2 and more.",
      describe(new ReportedMetrics().own),
    ),
    section(
      2,
      "Of Node.js and the operating system",
      "`process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, `nodejs_eventloop_lag_p99_seconds`, `nodejs_gc_duration_seconds` and the other [default metrics of prom-client](https://github.com/siimon/prom-client#default-metrics). With several workers they are sums; delays of the event loop are those of the slowest.",
    ),
  ];
}

interface Described {
  type: string;
  labelNames?: readonly string[];
}
