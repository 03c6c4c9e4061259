import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { StatementFaults } from "../support/sqlite-faults.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const CREATE = "createClient(input: { scopes: [] }) { client { clientId } }";
const ONE = `mutation { ${CREATE} }`;
const TWO = `mutation { first: ${CREATE} second: ${CREATE} }`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

const countClients = async () => {
  const { clients } = await server.operator.request("{ clients { totalCount } }");
  return Number(clients.totalCount);
};

test.each([
  ["one mutation", ONE, ["0 503"]],
  ["two mutations", TWO, ["1 200"]],
])(
  "the answer to %s asks for a repetition only if nothing has been done",
  async (_what, document, outcomes) => {
    await server.operator.request(document);
    const faults = await StatementFaults.of(server);
    const seen = new Set<string>();
    for (let statement = 1; ; statement++) {
      const before = await countClients();
      faults.arm(statement, { code: "SQLITE_FULL" });
      const { status, headers } = await server.operator.send(document);
      const hasFired = faults.disarm();
      const made = (await countClients()) - before;
      if (!hasFired) break;
      const mayRepeat = status === 503 || headers.has("retry-after");
      expect({ statement, made, mayRepeat }).toEqual({ statement, made, mayRepeat: made === 0 });
      seen.add(`${made} ${status}`);
    }
    expect([...seen].sort()).toEqual(outcomes);
  },
);
