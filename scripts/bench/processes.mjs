// Programs that are measured: each a process of its own, on a core of its own where there are two.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const CORES = availableParallelism();
/** What is measured has the first core, what asks it has the last one. */
export const SERVER_CORE = "0";
export const LOAD_CORE = String(CORES - 1);
export const ALL_CORES = `0-${CORES - 1}`;

/** With AVX-512 IFMA, OpenSSL signs in less than half the time: `:~0x200000` switches that off, for comparisons. */
const { OPENSSL_ia32cap } = process.env;
const OPENSSL = OPENSSL_ia32cap ? { OPENSSL_ia32cap } : {};

/** taskset and chrt come together, in util-linux. */
const hasSchedulers = (() => {
  try {
    execFileSync("taskset", ["-c", "0", "chrt", "--idle", "0", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** Starts `node script …`; `ready` gets what it prints and tells when it is up. */
export async function startProgram(
  script,
  { options = [], args = [], env = {}, core = SERVER_CORE, ready },
) {
  const node = [process.execPath, ...options, path.join(ROOT, script), ...args];
  const [command, ...rest] = hasSchedulers ? ["taskset", "-c", core, ...node] : node;
  const startedAt = performance.now();
  const child = spawn(command, rest, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...OPENSSL, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const answer = await new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk) => {
      if (output === null) return;
      output += chunk;
      const found = ready(output);
      if (!found) return;
      output = null;
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => reject(new Error(`${script} did not start:\n${output}`)));
  });
  return {
    pid: child.pid,
    answer,
    startUpMs: performance.now() - startedAt,
    cpuSeconds: () => cpuSeconds(child.pid),
    residentMegabytes: () => residentMegabytes(child.pid),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/**
 * Runs a module of this folder to its end and gives what it has printed, as JSON.
 * @param givesWay gets a core only while nobody else wants it: of what is merely nice, Linux lets a slice
 *   of milliseconds end first
 */
export async function runProgram(script, input, core = LOAD_CORE, givesWay = false) {
  const scheduled = givesWay ? ["chrt", "--idle", "0"] : [];
  const node = [process.execPath, path.join(ROOT, script)];
  const [command, ...rest] = hasSchedulers ? ["taskset", "-c", core, ...scheduled, ...node] : node;
  const child = spawn(command, rest, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(output);
}

/** Of a process and of all that it has started: their threads included. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const one of processTree(pid)) {
    const stat = processStat(one);
    if (stat) ticks += Number(stat[11]) + Number(stat[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

/** What the hypervisor has given to others while this machine had something to do: of each core, on average. */
export function stolenSeconds() {
  // proc(5): user, nice, system, idle, iowait, irq, softirq, steal
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/);
  return Number(ticks[7] ?? 0) / TICKS_PER_SECOND / CORES;
}

function residentMegabytes(pid) {
  let kilobytes = 0;
  for (const one of processTree(pid)) {
    const status = readFileSync(`/proc/${one}/status`, "utf8");
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** proc(5): the fields after the name, which may hold spaces. */
function processStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

export function processTree(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    const parent = Number(processStat(name)?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [];
  const open = [pid];
  while (open.length > 0) {
    const next = open.pop();
    family.push(next);
    open.push(...(children.get(next) ?? []));
  }
  return family;
}
