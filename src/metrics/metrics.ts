import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { toServiceUnavailable } from "../persistence/database-errors.js";
import { CountersignError } from "../shared/errors.js";
import { VERSION } from "../shared/version.js";

/** The values of all metrics at one moment, as JSON. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

/** Of the OpenTelemetry conventions for HTTP servers, in seconds. */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** The methods of RFC 9110 and RFC 5789. The OpenTelemetry conventions call all others `_OTHER`. */
const HTTP_METHODS: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split(" "),
);
/** Of a process, where not the sum over all processes is of use. */
const AGGREGATORS: Readonly<Record<string, string>> = {
  process_start_time_seconds: "min",
  process_max_fds: "min",
};

interface HttpRequest {
  method: string;
  /** Undefined: no route matches. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/**
 * What a process counts for Prometheus. Labels have few values: a client, an address or a text of a request is in
 * none of them (ADR 0042).
 */
export class Metrics {
  /** What this process alone knows. */
  readonly ofProcess = new Registry();
  /** What is in the database, so that all processes would tell the same. */
  readonly ofDatabase = new Registry();
  readonly #httpRequests = this.#histogram(
    "http_server_request_duration_seconds",
    "Duration of HTTP requests, by route and status. The name is that of OpenTelemetry.",
    ["http_request_method", "http_route", "http_response_status_code"],
    HTTP_BUCKETS,
  );
  readonly #tokensIssued = this.#counter(
    "countersign_tokens_issued_total",
    "Access tokens issued, by grant type.",
    ["grant"],
  );
  readonly #tokensRefused = this.#counter(
    "countersign_token_requests_refused_total",
    "Requests for access tokens that got none, by grant type and error code.",
    ["grant", "reason"],
  );
  readonly #authentications = this.#histogram(
    "countersign_client_authentication_duration_seconds",
    "Duration of authentications of clients at OAuth endpoints, by method and result.",
    ["method", "result"],
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  readonly #operations = this.#counter(
    "countersign_graphql_operations_total",
    "Queries and mutations, by name and by `ok` or error code: sessions, attestations, changes.",
    ["operation", "result"],
  );
  readonly #rateLimited = this.#counter(
    "countersign_rate_limited_total",
    "Requests refused by a rate limit, by limit.",
    ["limit"],
  );
  readonly #keySetFetches = this.#counter(
    "countersign_key_set_fetches_total",
    "Fetches of key sets of other issuers and of clients, by result.",
    ["result"],
  );
  readonly #tasks = this.#counter(
    "countersign_housekeeping_runs_total",
    "Runs of tasks of the housekeeping, by result.",
    ["task", "result"],
  );
  readonly #lastSuccess = new Gauge({
    name: "countersign_housekeeping_last_success_timestamp_seconds",
    help: "When a task of the housekeeping last succeeded.",
    labelNames: ["task"],
    aggregator: "max",
    registers: [this.ofProcess],
  });
  readonly #lostAuditEvents = this.#counter(
    "countersign_audit_events_lost_total",
    "Tokens without an audit event, because they were issued too fast to record them all.",
    [],
  );

  constructor() {
    // Otherwise a rate would miss the first failure.
    for (const result of ["ok", "failed"]) this.#keySetFetches.inc({ result }, 0);
    new Gauge({
      name: "countersign_build_info",
      help: "The version that runs. The value is 1.",
      labelNames: ["version"],
      aggregator: "first",
      registers: [this.ofProcess],
    }).set({ version: VERSION }, 1);
  }

  /** Adds the metrics of Node.js and the operating system: CPU, memory, garbage, delays of the event loop. */
  observeProcess(): void {
    collectDefaultMetrics({ register: this.ofProcess });
  }

  httpRequest({ method, route, status, seconds }: HttpRequest): void {
    const labels = {
      http_request_method: HTTP_METHODS.has(method) ? method : "_OTHER",
      ...(route !== undefined && { http_route: route }),
      http_response_status_code: status,
    };
    this.#httpRequests.observe(labels, seconds);
  }

  /** @param grant a grant type of the server, or `unsupported` */
  async tokenRequest<T>(grant: string, issue: () => Promise<T>): Promise<T> {
    try {
      const token = await issue();
      this.#tokensIssued.inc({ grant });
      return token;
    } catch (error) {
      this.#tokensRefused.inc({ grant, reason: reasonOf(error) });
      throw error;
    }
  }

  async clientAuthentication<T>(method: string, authenticate: () => Promise<T>): Promise<T> {
    const end = this.#authentications.startTimer({ method });
    try {
      const authenticated = await authenticate();
      end({ result: "ok" });
      return authenticated;
    } catch (error) {
      end({ result: reasonOf(error) });
      throw error;
    }
  }

  async operation<T>(operation: string, run: () => Promise<T>): Promise<T> {
    try {
      const value = await run();
      this.#operations.inc({ operation, result: "ok" });
      return value;
    } catch (error) {
      this.#operations.inc({ operation, result: reasonOf(error) });
      throw error;
    }
  }

  rateLimited(limit: string): void {
    this.#rateLimited.inc({ limit });
  }

  keySetFetched(isOfUse: boolean): void {
    this.#keySetFetches.inc({ result: isOfUse ? "ok" : "failed" });
  }

  taskSucceeded(task: string, now: Date): void {
    this.#tasks.inc({ task, result: "ok" });
    this.#lastSuccess.set({ task }, now.getTime() / 1000);
  }

  taskFailed(task: string): void {
    this.#tasks.inc({ task, result: "failed" });
  }

  auditEventsLost(count: number): void {
    this.#lostAuditEvents.inc(count);
  }

  async snapshot(options: { withDatabase: boolean }): Promise<Snapshot> {
    const registries = options.withDatabase ? [this.ofProcess, this.ofDatabase] : [this.ofProcess];
    const snapshots = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
    return snapshots.flat().map((metric) => {
      // The slowest process is the one that requests wait for.
      const isDelay = metric.name.startsWith("nodejs_eventloop_lag");
      const aggregator = isDelay ? "max" : AGGREGATORS[metric.name];
      return aggregator ? ({ ...metric, aggregator } as typeof metric) : metric;
    });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Counter({ name, help, labelNames, registers: [this.ofProcess] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ) {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.ofProcess] });
  }
}

/** An error code in lower case. */
function reasonOf(error: unknown): string {
  const failure = toServiceUnavailable(error);
  return failure instanceof CountersignError ? failure.code.toLowerCase() : "internal_server_error";
}
