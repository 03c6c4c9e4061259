// Asks a server for so many seconds, over connections that stay open, and tells how fast it answered.
// Reads { url, seconds, connections, rate?, warmUpSeconds?, startAt?, requests: [{ method?, path, headers?, body?,
// status?, contains }] } from standard input. It begins at once, or at that moment of Date.now. Without a rate as fast as it can (autocannon); with one, at even intervals
// whether answers have come or not. Any answer but the expected one ends it: errors are fast, and would
// look good.
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import autocannon from "autocannon";
import { build } from "hdr-histogram-js";

const load = JSON.parse(await text(process.stdin));
let unexpected = null;
const check = ({ path, status: expected = 200, contains }, status, answer) => {
  if (status !== expected || !answer.includes(contains))
    unexpected ??= `${path}: ${status} ${answer}`;
};

if (load.startAt) {
  if (!load.rate) await warmUp(load);
  await setTimeout(load.startAt - Date.now());
}
const result = await (load.rate ? atFixedRate(load) : atFullSpeed(load));
if (unexpected) {
  console.error(unexpected);
  process.exit(1);
}
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6 }));

/** What starts is slow for a fifth of a second, and slows others down: it shall not be taken for the load. */
async function warmUp({ url, connections }) {
  await autocannon({ url: `${url}/healthz`, duration: 1, connections, connectionRate: 20 });
}

async function atFullSpeed({ url, seconds, connections, requests }) {
  const checked = requests.map((wanted) => ({
    method: wanted.method ?? "POST",
    ...{ path: wanted.path, headers: wanted.headers, body: wanted.body },
    onResponse: (status, answer) => check(wanted, status, answer),
  }));
  let connected = 0;
  const { latency, errors, duration, ...counts } = await autocannon({
    url,
    duration: seconds,
    connections,
    // Each goes through all of them, from a place of its own.
    setupClient: (client) => {
      const first = Math.floor((connected++ * checked.length) / connections);
      client.setRequests([...checked.slice(first), ...checked.slice(0, first)]);
    },
  });
  if (errors > 0) unexpected ??= `${errors} requests failed`;
  return {
    answers: counts["2xx"] + counts["3xx"],
    seconds: duration,
    p50: latency.p50,
    p99: latency.p99,
  };
}

async function atFixedRate({ url, seconds, warmUpSeconds, rate, requests }) {
  const agent = new Agent({ keepAlive: true });
  const microseconds = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  const startedAt = performance.now();
  const answers = [];
  const uncounted = rate * warmUpSeconds;
  for (let number = 0; number < uncounted + rate * seconds; number++) {
    const due = startedAt + (number * 1000) / rate;
    const early = due - performance.now();
    if (early > 1) await setTimeout(early);
    const wanted = requests[number % requests.length];
    // From when it was due: a load that has fallen behind must not make the server look better.
    answers.push(
      send(url, wanted, agent).then(([status, answer]) => {
        const taken = Math.round((performance.now() - due) * 1000);
        if (number >= uncounted) microseconds.recordValue(Math.max(1, taken));
        check(wanted, status, answer);
      }),
    );
  }
  await Promise.all(answers);
  const duration = (performance.now() - startedAt) / 1000;
  const [p50, p99] = [50, 99].map((at) => microseconds.getValueAtPercentile(at) / 1000);
  agent.destroy();
  return { answers: answers.length, seconds: duration, p50, p99 };
}

function send(url, { method = "POST", path, headers, body }, agent) {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent }, (response) => {
      text(response).then((answer) => resolve([response.statusCode, answer]), reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
