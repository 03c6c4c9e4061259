// What a process takes after its start and after a minute of load, and of what it consists.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { NODE_OPTIONS, startServer } from "./countersign.mjs";
import { count, measure, table } from "./measure.mjs";
import { operationRequests } from "./operation-requests.mjs";
import { peerRequests } from "./operations.mjs";
import { ALL_CORES, processTree, ROOT, startProgram } from "./processes.mjs";

const SECONDS = 60;

/** In MB, of one process. The pages of Node.js's own file are shared by all its processes. */
const PARTS = {
  resident: ({ status }) => status.VmRSS,
  "files: Node.js, libraries": ({ status }) => status.RssFile + status.RssShmem,
  "heap, committed": ({ report }) => report.heapTotal,
  "of these young generation": ({ report }) => sizeOf(report, /^new_/),
  "of these code": ({ report }) => sizeOf(report, /code_|trusted_/),
  "heap, used": ({ report }) => report.heapUsed,
  "external, with buffers": ({ report }) => report.external,
  "the rest: malloc, pages that V8 has freed and keeps": ({ status, report }) =>
    Math.max(0, status.RssAnon - report.heapTotal - report.external),
};

export async function memory({ isQuick }, postgres) {
  const reports = mkdtempSync(path.join(tmpdir(), "countersign-memory-"));
  const reporter = path.join(ROOT, "scripts/bench/memory-reporter.mjs");
  const env = { MEMORY_REPORTS: reports, NODE_OPTIONS: `--import ${reporter}` };
  const seconds = isQuick ? 2 : SECONDS;
  const columns = [];
  try {
    for (const program of programs(env, postgres)) {
      const { server, requests } = await program.start();
      try {
        const before = await processes(server.pid, reports);
        await measure({ program: server, url: server.url, requests: await requests() }, seconds);
        const after = await processes(server.pid, reports);
        for (const [index, one] of after.entries()) {
          const name = after.length === 1 ? program.name : `${program.name}: ${roleOf(index)}`;
          columns.push({ name, before: before[index], after: one });
        }
      } finally {
        await server.stop();
      }
    }
  } finally {
    rmSync(reports, { recursive: true });
  }
  return { markdown: report(columns, seconds) };
}

/** Each is started when the one before it has ended. */
function programs(env, postgres) {
  const countersign = (database, more = {}) => ({
    name: `Countersign, ${database}`,
    start: async () => {
      const databaseUrl = database === "SQLite" ? undefined : await postgres.createDatabase();
      const settings = { databaseUrl, env: { ...env, ...more } };
      const server = await startServer(more.WORKERS ? { ...settings, core: ALL_CORES } : settings);
      return {
        server,
        requests: async () => Object.values(await operationRequests(server)).flat(),
      };
    },
  });
  const oidcProvider = (name, options) => ({
    name,
    start: async () => {
      const ready = (output) => /listening (\S+)/.exec(output)?.[1];
      const settings = { options, args: ["RS256"], env, ready };
      const program = await startProgram("scripts/bench/oidc-provider.mjs", settings);
      const server = { ...program, url: program.answer };
      return { server, requests: async () => Object.values(await peerRequests(server.url)).flat() };
    },
  });
  return [
    countersign("SQLite"),
    countersign("PostgreSQL"),
    countersign("PostgreSQL", { WORKERS: "2" }),
    oidcProvider("oidc-provider", []),
    oidcProvider("oidc-provider, with Countersign's options of Node.js", NODE_OPTIONS),
  ];
}

const roleOf = (index) => (index === 0 ? "supervisor" : `worker ${index}`);

async function processes(pid, reports) {
  const result = [];
  for (const one of processTree(pid)) {
    result.push({ status: readStatus(one), report: await readReport(one, reports) });
  }
  return result;
}

/** proc(5): the fields in kB. */
function readStatus(pid) {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return Object.fromEntries([...lines].map(([, name, kB]) => [name, Number(kB) * 1024]));
}

async function readReport(pid, folder) {
  const file = path.join(folder, `${pid}.json`);
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch {
      await setTimeout(20);
    }
  }
}

function sizeOf({ spaces }, names) {
  const sizes = spaces.filter(({ space_name: name }) => names.test(name));
  return sizes.reduce((sum, { space_size: size }) => sum + size, 0);
}

const megabytes = (bytes) => `${count(bytes / 1024 ** 2)}`;

function report(columns, seconds) {
  return [
    "## Memory",
    `MiB of a process after its start, and after ${seconds} seconds of all operations in turn, 16 connections.`,
    table(
      ["", ...columns.map(({ name }) => name)],
      Object.entries(PARTS).map(([name, of]) => [
        name,
        ...columns.map(
          ({ before, after }) => `${before ? megabytes(of(before)) : ""} → ${megabytes(of(after))}`,
        ),
      ]),
    ),
  ].join("\n\n");
}
