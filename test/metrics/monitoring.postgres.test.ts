import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { basicAuthorization } from "../support/graphql-client.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import { type Credentials, createClient, ISSUE_TOKEN } from "../support/operations.js";
import { programOnPath } from "../support/program-on-path.js";
import {
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { waitUntil } from "../support/wait-until.js";
import { samplesOf, total } from "./exposition.js";

const WORKERS = 4;
const LOAD = { tokens: 60, wrongSecrets: 7, graphqlTokens: 23, wrongScopes: 5 };
const TOKENS = "countersign_tokens_issued_total";
const REFUSALS = "countersign_token_requests_refused_total";
const HTTP_COUNT = "http_server_request_duration_seconds_count";

const dashboard = JSON.parse(readFileSync("monitoring/grafana-dashboard.json", "utf8"));
const rules = parse(readFileSync("monitoring/alerts.yml", "utf8"));

/** With the variables that Grafana puts in. */
const dashboardQueries: string[] = dashboard.panels.flatMap(
  ({ targets = [] }: { targets?: { expr: string }[] }) =>
    targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "1m")),
);
const alertQueries: string[] = rules.groups.flatMap(
  ({ rules: ofGroup }: { rules: { expr: string }[] }) => ofGroup.map(({ expr }) => expr),
);

const prometheus = programOnPath("prometheus");
const promtool = programOnPath("promtool");
const folder = mkdtempSync(path.join(tmpdir(), "countersign-metrics-"));

let processes: ServerProcesses;
let server: ServerProcess;
let metricsUrl: string;
let client: Credentials;
let rounds = 0;

const metrics = async () => (await fetch(metricsUrl)).text();
const inParallel = (count: number, request: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, request));

/** Each request on a connection of its own, so that every worker gets some. */
async function oauth(credentials: Credentials, parameters = {}): Promise<number> {
  const response = await fetch(`${server.url}/oauth/token`, {
    method: "POST",
    headers: {
      authorization: basicAuthorization(credentials.clientId, credentials.clientSecret),
      connection: "close",
    },
    body: new URLSearchParams({ grant_type: "client_credentials", ...parameters }),
  });
  await response.arrayBuffer();
  return response.status;
}

async function load(): Promise<void> {
  rounds++;
  const { clientId, clientSecret } = client;
  const statuses = await inParallel(LOAD.tokens, () => oauth(client));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await inParallel(LOAD.wrongScopes, () => oauth(client, { scope: "nobody:has" }));
  await inParallel(LOAD.wrongSecrets, () =>
    oauth({ clientId, clientSecret: "csk_marker-of-a-wrong-secret" }),
  );
  await inParallel(LOAD.graphqlTokens, () =>
    server.anonymous.request(ISSUE_TOKEN, { input: { clientId, clientSecret } }),
  );
}

async function expectTotals(): Promise<void> {
  const grant = "client_credentials";
  // A response is counted when it has left, which its client may know first.
  const answers = rounds * (LOAD.tokens + LOAD.wrongSecrets + LOAD.wrongScopes);
  const route = { http_route: "/oauth/token" };
  await waitUntil(async () => total(await metrics(), HTTP_COUNT, route) >= answers);
  const text = await metrics();
  expect({
    tokens: total(text, TOKENS, { grant }),
    wrongSecrets: total(text, REFUSALS, { grant, reason: "invalid_client" }),
    wrongScopes: total(text, REFUSALS, { grant, reason: "invalid_scope" }),
    answered: total(text, HTTP_COUNT, {
      http_route: "/oauth/token",
      http_response_status_code: "200",
    }),
    refused: total(text, HTTP_COUNT, {
      http_route: "/oauth/token",
      http_response_status_code: "401",
    }),
    operations: total(text, "countersign_graphql_operations_total", {
      operation: "issueToken",
      result: "ok",
    }),
  }).toEqual({
    tokens: rounds * (LOAD.tokens + LOAD.graphqlTokens),
    wrongSecrets: rounds * LOAD.wrongSecrets,
    wrongScopes: rounds * LOAD.wrongScopes,
    answered: rounds * LOAD.tokens,
    refused: rounds * LOAD.wrongSecrets,
    operations: rounds * LOAD.graphqlTokens,
  });
}

beforeAll(async () => {
  processes = await serverProcesses();
  const METRICS_PORT = String(await freePort());
  metricsUrl = `http://127.0.0.1:${METRICS_PORT}/metrics`;
  server = await processes.start({ WORKERS: String(WORKERS), METRICS_PORT });
  client = await createClient(server.operator);
});

afterAll(async () => {
  await processes.cleanUp();
  rmSync(folder, { recursive: true });
});

test("totals of four workers equal the requests exactly, and those of replaced workers stay", async () => {
  await load();
  await expectTotals();
  expect(total(await metrics(), "countersign_workers")).toBe(WORKERS);
  process.kill(server.pid, "SIGHUP");
  await server.written(/"reloaded"/);
  await load();
  await waitUntil(async () => total(await metrics(), "countersign_workers") === WORKERS);
  await expectTotals();
  // A worker tells its last counts after it has closed all else.
  expect(server.output()).not.toMatch(/TypeError|Node\.js v/);
});

test("no secret, client, address or text of a request is in a metric", async () => {
  await fetch(`${server.url}/marker-path?marker=query`, { headers: { "x-marker": "header" } });
  await server.anonymous.send("query MarkerOperation { errorCodes { code } }");
  await fetch(`${server.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "marker-grant", client_id: "marker-client" }),
  });
  const text = await metrics();
  for (const secret of [client.clientId, client.clientSecret, "127.0.0.1"]) {
    expect(text).not.toContain(secret);
  }
  expect(text).not.toMatch(/marker/i);
  for (const { name, labels } of samplesOf(text)) {
    expect([name, Object.values(labels).filter((value) => value.length > 80)]).toEqual([name, []]);
  }
});

test("other paths and methods of the port show nothing", async () => {
  const status = async (at: string, method = "GET") =>
    (await fetch(new URL(at, metricsUrl), { method })).status;
  expect(await status("/")).toBe(404);
  expect(await status("/graphql", "POST")).toBe(404);
  expect(await status("/metrics", "POST")).toBe(405);
});

test("each query names metrics that the server shows", async () => {
  const shown = new Set(samplesOf(await metrics()).map(({ name }) => name));
  const named = [...dashboardQueries, ...alertQueries].flatMap(
    (query) =>
      query
        .replace(/"[^"]*"/g, "")
        .match(/\b(?:countersign|http|db|nodejs|process)_\w+(?=[{[)\s,<>=]|$)/g) ?? [],
  );
  const LABELS =
    /^(?:http_(?:route|request_method|response_status_code)|db_client_connection_state)$/;
  const missing = [...new Set(named)].filter((name) => !LABELS.test(name) && !shown.has(name));
  expect(named.length).toBeGreaterThan(40);
  // Counted when it happens; what promtool tests has values for them.
  expect(
    missing.filter(
      (name) =>
        !/^countersign_(?:rate_limited|client_secret_expiry|management_key_expiry)/.test(name),
    ),
  ).toEqual([]);
});

describeUnlessMissing(
  prometheus && promtool
    ? null
    : "prometheus and promtool are not installed: apt-get install prometheus",
  "Prometheus",
  () => {
    let program: ChildProcess;
    let api: string;

    const ask = async (query: string) => {
      const response = await fetch(`${api}/query?${new URLSearchParams({ query })}`);
      return (await response.json()) as {
        status: string;
        error?: string;
        data: { result: { value: [number, string] }[] };
      };
    };

    beforeAll(async () => {
      const port = await freePort();
      api = `http://127.0.0.1:${port}/api/v1`;
      const configuration = {
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: [path.resolve("monitoring/alerts.yml")],
        scrape_configs: [
          { job_name: "countersign", static_configs: [{ targets: [new URL(metricsUrl).host] }] },
        ],
      };
      writeFileSync(path.join(folder, "prometheus.yml"), JSON.stringify(configuration));
      program = spawn(
        prometheus ?? "",
        [
          `--config.file=${path.join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${path.join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: "ignore" },
      );
      // Two scrapes, between which something happens: a rate needs both.
      const isUp = async () =>
        (await ask('count_over_time(up{job="countersign"}[1m]) > 1').catch(() => null))?.data.result
          .length === 1;
      await waitUntil(isUp);
      await load();
      const expected = String(rounds * (LOAD.tokens + LOAD.graphqlTokens));
      await waitUntil(
        async () => (await ask(`sum(${TOKENS})`)).data.result[0]?.value[1] === expected,
      );
    });

    afterAll(async () => {
      program.kill("SIGKILL");
      await new Promise((resolve) => program.once("close", resolve));
    });

    test.each(dashboardQueries)("evaluates the dashboard's %s", async (query) => {
      const { status, error, data } = await ask(query);
      expect([status, error]).toEqual(["success", undefined]);
      const isEvent = /result!="ok"|rate_limited|_expiry_|key_set_fetches/.test(query);
      if (!isEvent) expect(data.result.length).toBeGreaterThan(0);
    });

    test.each(alertQueries)("evaluates the alert's %s", async (query) => {
      const { status, error } = await ask(query);
      expect([status, error]).toEqual(["success", undefined]);
    });

    test("fires no alert while all is well", async () => {
      const response = await fetch(`${api}/alerts`);
      const { data } = (await response.json()) as { data: { alerts: { state: string }[] } };
      expect(data.alerts.filter(({ state }) => state === "firing")).toEqual([]);
    });

    test.each([
      ["the rules", ["check", "rules", "monitoring/alerts.yml"]],
      [
        "the alerts, which fire when they should and else stay silent",
        ["test", "rules", "monitoring/alerts.test.yml"],
      ],
    ])("promtool accepts %s", async (_title, args) => {
      const { stdout } = await promisify(execFile)(promtool ?? "", args);
      expect(stdout).toMatch(/SUCCESS/);
    });

    test("promtool finds the exposition well formed", async () => {
      const child = spawn(promtool ?? "", ["check", "metrics"], {
        stdio: ["pipe", "pipe", "pipe"],
      });
      let complaints = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => (complaints += chunk));
      }
      child.stdin.end(await metrics());
      await new Promise((resolve) => child.once("close", resolve));
      // Names of Node.js' metrics are prom-client's, and of connections OpenTelemetry's.
      expect(
        complaints
          .split("\n")
          .filter((line) => line !== "" && !/^(?:nodejs_|process_|db_client_)/.test(line)),
      ).toEqual([]);
    });
  },
);
