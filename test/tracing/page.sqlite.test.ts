import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";
import { createClient, issueToken } from "../support/operations.js";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

const PAGE = "docs/operations/tracing.md";
const COMMAND =
  /^OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/localhost:4318 node --import \/etc\/countersign\/tracing\.mjs dist\/src\/main\.js$/m;

/** The parts of an OTLP request that this test reads. */
interface Exported {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { scope: { name: string }; spans: { name: string }[] }[];
  }[];
}

let folder: string;
let processes: ServerProcesses;
let collector: Server;
const exported: Exported[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-tracing-"));
  processes = await serverProcesses();
  collector = createServer(async (request, response) => {
    exported.push(JSON.parse(await text(request)) as Exported);
    response.setHeader("content-type", "application/json").end("{}");
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
});

afterAll(async () => {
  await processes.cleanUp();
  collector.closeAllConnections();
  collector.close();
  rmSync(folder, { recursive: true });
});

test("the server sends traces with the program of the page, and what waits when it stops", async () => {
  const [install, start] = blocksOf(PAGE, "sh");
  const [program] = blocksOf(PAGE, "js");
  expect(install?.code).toMatch(/^npm install @opentelemetry\/api /);
  // The packages of the page are here already.
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "tracing.mjs"), program?.code ?? "");
  expect(start?.code).toMatch(COMMAND);
  const { port } = collector.address() as AddressInfo;
  const server = await processes.start({
    NODE_OPTIONS: `--import=${path.join(folder, "tracing.mjs")}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  });
  await issueToken(server.anonymous, await createClient(server.operator));
  expect(await server.end("SIGTERM")).toBe(0);

  const resourceSpans = exported.flatMap((one) => one.resourceSpans);
  expect(resourceSpans[0]?.resource.attributes).toContainEqual({
    key: "service.name",
    value: { stringValue: "countersign" },
  });
  const scopes = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans);
  expect(new Set(scopes.map(({ scope }) => scope.name))).toEqual(new Set(["countersign"]));
  const names = scopes.flatMap(({ spans }) => spans.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(["POST /graphql", "mutation", "issue token"]));
  const known = new Set(names.filter((name) => !/^(?:SELECT|INSERT|UPDATE|DELETE) /.test(name)));
  expect([...known].filter((name) => /[^A-Za-z /]/.test(name))).toEqual([]);
});

test("the packages of the page are those of its program, and of this repository", async () => {
  const [install] = blocksOf(PAGE, "sh");
  const [program] = blocksOf(PAGE, "js");
  const packagesIn = (code = "") => new Set(code.match(/@opentelemetry\/[\w-]+/g));
  expect(packagesIn(install?.code)).toEqual(packagesIn(program?.code));
});
