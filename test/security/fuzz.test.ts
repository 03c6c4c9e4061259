import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createApi, createGrant, issueAccessToken, issuerFor } from "../oauth/oauth-operations.js";
import { dumpTables } from "../support/dump-tables.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { flushFacts, sweepExpired } from "../support/housekeeping.js";
import { createClient } from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { exchange, type RawAnswer, type RawRequest } from "../support/raw-http.js";
import {
  MANAGEMENT_SECRET,
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  documentRequests,
  graphqlRequests,
  type Knowledge,
  oauthRequests,
  rawRequests,
  verifyRequests,
} from "./hostile/requests.js";

const MAX_CPU_MS = 50;
const MAX_RESPONSE_MS = 10_000;
const LONG_RUN_MS = 900_000;
const DAYS = 86_400;

/**
 * CPU time of a process's main thread, so that hashing in other threads does not count; see sched-stats.rst of Linux.
 * Elsewhere the time that passes, which is no less.
 */
const cpuMs = (pid: number) =>
  process.platform === "linux"
    ? Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1_000_000
    : performance.now();

/** What the generators know of a server. */
async function learn(
  server: Pick<ServerProcess, "url" | "projectId" | "operator" | "anonymous" | "clock">,
  managementSecret: string,
): Promise<Knowledge> {
  const { operator, projectId } = server;
  const client = await createClient(operator);
  const api = await createApi(operator);
  await createGrant(operator, client, api);
  const { clientId, clientSecret } = client;
  return {
    projectId,
    issuer: issuerFor(server),
    clientId,
    apiIdentifier: api.identifier,
    authorizations: [
      basicAuthorization(projectId, managementSecret),
      basicAuthorization(projectId, "wrong"),
      basicAuthorization(clientId, clientSecret),
      basicAuthorization(clientId, "wrong"),
      `Bearer ${await issueAccessToken(server, client)}`,
    ],
    values: { clientId, clientSecret, projectId, apiId: api.apiId, audience: api.identifier },
  };
}

describe("hostile requests", () => {
  let processes: ServerProcesses;
  let server: ServerProcess;
  let known: Knowledge;

  beforeAll(async () => {
    processes = await serverProcesses();
    // Modules in Jest's contexts are several times slower. The requests name addresses of their own, so that limits of
    // one address hide nothing.
    server = await processes.start({ TRUSTED_PROXIES: "127.0.0.1" });
    known = await learn(server, MANAGEMENT_SECRET);
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  /** The answer, and the CPU time of the server's main thread. */
  const measure = async (request: RawRequest): Promise<{ answer: RawAnswer; cpu: number }> => {
    const [before, start] = [cpuMs(server.pid), performance.now()];
    const answer = await exchange(server.url, request);
    expect(performance.now() - start).toBeLessThan(MAX_RESPONSE_MS);
    return { answer, cpu: cpuMs(server.pid) - before };
  };

  const expectHarmless = async (request: RawRequest) => {
    const { answer, cpu } = await measure(request);
    if ((answer.status ?? 0) >= 500 || FAILURE.test(answer.body)) {
      throw new Error(`${excerpt(answer.text)} is the answer to ${excerpt(request.bytes)}`);
    }
    if (cpu <= MAX_CPU_MS) return;
    // Another task of the server, such as garbage collection, may have taken the time.
    const again = [];
    while (again.length < 3) again.push((await measure(request)).cpu);
    if (Math.min(...again) <= MAX_CPU_MS) return;
    throw new Error(`${again.join(", ")} ms of CPU are spent on ${excerpt(request.bytes)}`);
  };
  const FAILURE = /"extensions":{[^{}]*"code":"INTERNAL_SERVER_ERROR"|"error":"server_error"/;
  const excerpt = (text: string | Buffer) => JSON.stringify(String(text).slice(0, 1500));

  const assertHarmless = (requests: fc.Arbitrary<RawRequest>) =>
    fc.assert(fc.asyncProperty(requests, expectHarmless), { numRuns: runs(7_500) });

  test.each([
    ["as bytes that are not quite HTTP", rawRequests],
    ["to documents and unknown paths", documentRequests],
    ["to OAuth endpoints", oauthRequests],
    ["to the endpoint for gateways", verifyRequests],
    ["to GraphQL", graphqlRequests],
  ])(
    "%s get an answer that is no failure, at once and for little work",
    async (_what, requests) => {
      await assertHarmless(requests(known));
      // The server still works.
      const { project } = await server.operator.request("{ project { projectId } }");
      expect(project.projectId).toBe(known.projectId);
    },
    LONG_RUN_MS,
  );
});

describe("hostile requests without a right credential", () => {
  let server: TestServer;
  let known: Knowledge;

  beforeAll(async () => {
    server = await startTestServer({ trustedProxies: ["127.0.0.1"], logLevel: "info" });
    known = await learn(server, server.managementSecret);
  });

  afterAll(async () => {
    await server.stop();
  });

  const anonymously = (): Knowledge => ({
    ...known,
    authorizations: [basicAuthorization(known.projectId, "wrong"), "Bearer e30.e30.e30"],
  });

  test(
    "leave no rows behind",
    async () => {
      server.clock.advance(2 * DAYS);
      await sweepExpired(server);
      const before = await rowCounts();
      const requests = [
        rawRequests,
        documentRequests,
        oauthRequests,
        verifyRequests,
        graphqlRequests,
      ].map((of) => of(anonymously()));
      await fc.assert(
        fc.asyncProperty(fc.oneof(...requests), async (request) => {
          await exchange(server.url, request);
        }),
        { numRuns: runs(4_000) },
      );
      await flushFacts(server);
      server.clock.advance(2 * DAYS);
      await sweepExpired(server);
      expect(await rowCounts()).toEqual(before);
    },
    LONG_RUN_MS,
  );

  /** Number of rows by table. */
  const rowCounts = async () => {
    const dump = JSON.parse(await dumpTables(server.services)) as (string | unknown[])[];
    return Object.fromEntries(
      dump.flatMap((name, at) => (typeof name === "string" ? [[name, dump[at + 1]?.length]] : [])),
    );
  };
});
