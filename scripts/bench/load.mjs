// Asks a server for so many seconds, over connections that stay open, and tells how fast it answered.
// Reads { url, seconds, connections, rate?, requests: [{ path, headers, body, contains }] } from
// standard input. Any answer but the expected one ends it: errors are fast, and would look good.
import { text } from "node:stream/consumers";
import autocannon from "autocannon";

const { url, seconds, connections, rate, requests } = JSON.parse(await text(process.stdin));

let wrong = null;
const result = await autocannon({
  url,
  duration: seconds,
  connections,
  ...(rate && { overallRate: rate }),
  requests: requests.map(({ method = "POST", path, headers, body, contains }) => ({
    method,
    path,
    headers,
    body,
    onResponse: (status, answer) => {
      if (status !== 200 || !answer.includes(contains)) wrong ??= `${path}: ${status} ${answer}`;
    },
  })),
});
if (wrong || result.errors > 0) {
  console.error(wrong ?? `${result.errors} requests failed`);
  process.exit(1);
}
const { user, system } = process.cpuUsage();
const { latency } = result;
console.log(
  JSON.stringify({
    answers: result["2xx"],
    seconds: result.duration,
    p50: latency.p50,
    p99: latency.p99,
    cpuSeconds: (user + system) / 1e6,
  }),
);
