import { build } from "../build.mjs";
import {
  createClients,
  form,
  issueTokenRequest,
  oauthTokenRequest,
  startCountersign,
} from "./countersign.mjs";
import { runProgram, startProgram } from "./processes.mjs";

build({ ifNeeded: true });
const seconds = Number(process.argv[2] ?? 4);
const rounds = Number(process.argv[3] ?? 2);
const alg = process.argv[4] ?? "RS256";
const server = await startCountersign({ databaseUrl: process.env.DATABASE_URL });
if (alg !== "RS256")
  await server.operator(
    `mutation($input: UpdateProjectInput!){updateProject(input:$input){project{projectId}}}`,
    { input: { signingAlgorithm: alg } },
  );
const clients = await createClients(server, 100);
const provider = await startProgram("scripts/bench/oidc-provider.mjs", {
  args: [alg],
  ready: (o) => /listening (\S+)/.exec(o)?.[1],
});
const providerRequests = Array.from({ length: 100 }, (_, i) => ({
  path: "/token",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: form({
    grant_type: "client_credentials",
    client_id: `client-${i}`,
    client_secret: `secret-of-client-${i}-that-is-long-enough`,
  }),
  contains: '"access_token":"ey',
}));
const runs = [
  ["oidc-provider", provider, provider.answer, providerRequests],
  ["oauth/token", server, server.url, clients.map((c) => oauthTokenRequest(server.projectId, c))],
  ["issueToken", server, server.url, clients.map(issueTokenRequest)],
];
try {
  for (let r = 0; r < rounds; r++) {
    const raw = await runProgram("scripts/bench/raw-signing.mjs", { seconds: 2 }, "0");
    const line = [`raw ${raw.perCpuSecond.toFixed(0)}`];
    for (const [name, program, url, requests] of runs) {
      if (r === 0)
        await runProgram("scripts/bench/load.mjs", { url, seconds: 3, connections: 16, requests });
      const before = program.cpuSeconds();
      const result = await runProgram("scripts/bench/load.mjs", {
        url,
        seconds,
        connections: 16,
        requests,
      });
      const cpu = program.cpuSeconds() - before;
      line.push(
        `${name} ${(result.answers / cpu).toFixed(0)}/cpu-s (${((1e6 * cpu) / result.answers).toFixed(0)}us) ${(result.answers / result.seconds).toFixed(0)}/s p50 ${result.p50} p99 ${result.p99} load ${((1e6 * result.cpuSeconds) / result.answers).toFixed(0)}us`,
      );
    }
    console.log(line.join("\n  "));
  }
} finally {
  await server.stop();
  await provider.stop();
}
