import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "../../src/clients/client.entity.js";
import { PreparedRead } from "../../src/persistence/prepared-read.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a prepared read on PostgreSQL", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("works after an execution that failed", async () => {
    const { clientId } = await createClient(server.operator);
    const read = new PreparedRead<{ client: Client }>(
      "test-age",
      server.services.unitOfWork.read.dataSource,
      { client: { entity: Client } },
      "FROM clients AS client WHERE client.client_id = $1 AND client.created_at > $2::timestamptz",
    );
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(read.first(clientId, "not a time")).rejects.toThrow("invalid input syntax");
      expect((await read.first(clientId, "2000-01-01"))?.client.clientId).toBe(clientId);
      expect((await read.first(clientId, "2000-01-01"))?.client.createdAt).toBeInstanceOf(Date);
    }
  });

  test("fails each time if its table does not exist", async () => {
    const read = new PreparedRead<{ client: Client }>(
      "test-nowhere",
      server.services.unitOfWork.read.dataSource,
      { client: { entity: Client } },
      "FROM nowhere AS client WHERE client.client_id = $1",
    );
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(read.first("somebody")).rejects.toThrow('relation "nowhere" does not exist');
    }
  });
});
