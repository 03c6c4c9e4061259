import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createApi, createGrant, issueAccessToken, issuerFor } from "../oauth/oauth-operations.js";
import { dumpTables } from "../support/dump-tables.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import { createClient } from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { exchange, type RawAnswer, type RawRequest } from "../support/raw-http.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  documentRequests,
  graphqlRequests,
  type Knowledge,
  oauthRequests,
  rawRequests,
} from "./hostile/requests.js";

const MAX_CPU_MS = 50;
const MAX_RESPONSE_MS = 10_000;
const LONG_RUN_MS = 900_000;
const DAYS = 86_400;

/** Of the main thread where Node.js can tell, so that hashing in worker threads does not count. */
const cpuMs = () => {
  const { threadCpuUsage } = process as { threadCpuUsage?: typeof process.cpuUsage };
  const { user, system } = threadCpuUsage ? threadCpuUsage.call(process) : process.cpuUsage();
  return (user + system) / 1000;
};

describe("hostile requests", () => {
  let server: TestServer;
  let known: Knowledge;

  beforeAll(async () => {
    // The requests name addresses of their own, so that limits of one address hide nothing.
    server = await startTestServer({ trustedProxies: ["127.0.0.1"], logLevel: "info" });
    const { operator, projectId, managementSecret } = server;
    const client = await createClient(operator);
    const api = await createApi(operator);
    await createGrant(operator, client, api);
    const { clientId, clientSecret } = client;
    known = {
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
  });

  afterAll(async () => {
    await server.stop();
  });

  const anonymously = (): Knowledge => ({
    ...known,
    authorizations: [basicAuthorization(known.projectId, "wrong"), "Bearer e30.e30.e30"],
  });

  /** The answer, and the CPU time of this process's main thread, which server and sender share. */
  const measure = async (request: RawRequest): Promise<{ answer: RawAnswer; cpu: number }> => {
    const [before, start] = [cpuMs(), performance.now()];
    const answer = await exchange(server.url, request);
    expect(performance.now() - start).toBeLessThan(MAX_RESPONSE_MS);
    return { answer, cpu: cpuMs() - before };
  };

  const expectHarmless = async (request: RawRequest) => {
    const { answer, cpu } = await measure(request);
    if ((answer.status ?? 0) >= 500 || FAILURE.test(answer.body)) {
      throw new Error(`${excerpt(answer.text)} is the answer to ${excerpt(request.bytes)}`);
    }
    if (cpu <= MAX_CPU_MS) return;
    // Another task of this process, such as the garbage collector, may have taken the time.
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

  test(
    "without a right credential leave no rows behind",
    async () => {
      server.clock.advance(2 * DAYS);
      await sweepExpired(server);
      const before = await rowCounts();
      const requests = [rawRequests, documentRequests, oauthRequests, graphqlRequests].map((of) =>
        of(anonymously()),
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof(...requests), async (request) => {
          await exchange(server.url, request);
        }),
        { numRuns: runs(4_000) },
      );
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
