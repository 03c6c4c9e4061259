import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ClientSearchTerm } from "../../src/clients/client-search-term.entity.js";
import { ClientSearchConditions1796500000000 } from "../../src/database/migrations/1796500000000-client-search-conditions.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const FIND = "query ($filter: ClientFilter) { clients(filter: $filter) { nodes { clientId } } }";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

test("clients from before the migration are found by their metadata's values", async () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`key${at}`, at]));
  for (const trustedMetadata of [
    { text: 'a "b" \t \u{1f5dd}', number: 1e21, flag: false, nested: { a: 1 }, list: ["1"] },
    {},
    ...Array.from({ length: 10 }, () => many),
  ]) {
    await createClient(server.operator, { trustedMetadata });
  }
  const { unitOfWork } = server.services;
  const allTerms = async () => {
    const terms = await unitOfWork.read.find(ClientSearchTerm, {
      order: { clientId: "ASC", term: "ASC" },
    });
    return terms.map((term) => ({ ...term }));
  };
  const before = await allTerms();
  const migration = new ClientSearchConditions1796500000000();
  await unitOfWork.write(async ({ queryRunner }) => {
    if (!queryRunner) throw new Error("a unit of work has a query runner");
    await migration.down(queryRunner);
  });
  expect(await allTerms()).toHaveLength(before.length - 3 - 10 * 20);
  await unitOfWork.write(async ({ queryRunner }) => {
    if (queryRunner) await migration.up(queryRunner);
  });
  expect(await allTerms()).toEqual(before);
  const filter = { metadata: [{ key: "text", value: 'a "b" \t \u{1f5dd}' }] };
  expect((await server.operator.request(FIND, { filter })).clients.nodes).toHaveLength(1);
});
