// One load on one server, and what it cost.
import { LOAD_CORE, runProgram, stolenSeconds } from "./processes.mjs";

const CONNECTIONS = 16;
/**
 * Of a load at a rate: its first requests find the program that sends them cold, and would be the slowest.
 * They do not count.
 */
export const WARM_UP_SECONDS = 1;

/**
 * @param target { program, url, requests }
 * @param startAt a moment of Date.now, for loads that begin together
 */
export async function measure(
  { program, url, requests },
  seconds,
  { rate, core, connections, startAt } = {},
) {
  const before = program.cpuSeconds();
  const load = await runProgram(
    "scripts/bench/load.mjs",
    {
      ...{ url, seconds, rate, startAt, requests },
      connections: connections ?? CONNECTIONS,
      warmUpSeconds: WARM_UP_SECONDS,
    },
    core ?? LOAD_CORE,
  );
  const cpuSeconds = program.cpuSeconds() - before;
  return {
    ...load,
    perCpuSecond: load.answers / cpuSeconds,
    perSecond: load.answers / load.seconds,
    cpuMicroseconds: (cpuSeconds / load.answers) * 1e6,
    cores: cpuSeconds / load.seconds,
  };
}

/**
 * Of the time of all cores. When a hypervisor stops a machine it is for tens of milliseconds: once in a
 * round, and that is its p99, whatever the server does. So a round in which it took more is run again, and
 * the one in which it took least counts.
 */
const MAX_STOLEN = 0.005;
const MAX_TRIES = 3;
export const explainLeastDisturbed = (tolerable = MAX_STOLEN) =>
  `"Stolen" is the time that the hypervisor gave to other machines. A round with more than ${tolerable * 100} % is repeated up to ${MAX_TRIES} times, and the one with the least counts.`;

/** @returns what `run` gives, and which part of the time was `stolen` */
export async function leastDisturbed(run, tolerable = MAX_STOLEN) {
  let best;
  for (let tries = 0; tries < MAX_TRIES && !(best?.stolen <= tolerable); tries++) {
    const before = stolenSeconds();
    const startedAt = performance.now();
    const result = await run();
    const stolen = ((stolenSeconds() - before) * 1000) / (performance.now() - startedAt);
    if (!best || stolen < best.stolen) best = { ...result, stolen };
  }
  return best;
}

/** Short, so that what disturbs the machine for some seconds spoils few of them. */
const ROUND_SECONDS = 2;
/** A server that has just waited for the others has to get its connections and pages back first. */
const SETTLE_SECONDS = 1;

/**
 * Rounds in turn, so that what else the machine does meets all alike.
 * @returns the results of each target, by round
 */
export async function measureInTurns(targets, { warmUpSeconds, rounds }) {
  for (const target of targets) if (target.requests) await measure(target, warmUpSeconds);
  const taken = targets.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, target] of targets.entries()) {
      if (target.requests) await measure(target, SETTLE_SECONDS);
      taken[index].push(
        await leastDisturbed(
          () => target.measure?.(ROUND_SECONDS) ?? measure(target, ROUND_SECONDS),
        ),
      );
    }
  }
  return taken;
}

/** The median one by this figure. */
export function medianBy(results, figure) {
  return [...results].sort((a, b) => figure(a) - figure(b))[Math.floor(results.length / 2)];
}

export const percent = (value) => `${(value * 100).toFixed(1)} %`;
export const count = (value) => Math.round(value).toLocaleString("en-US");
export const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, at) => (at === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}
