import { expect, test } from "@jest/globals";
import { Client } from "pg";
import { freshDatabase } from "../support/database.js";
import { createClient } from "../support/operations.js";
import { startTestServer } from "../support/test-server.js";

test("without the pg_trgm extension, names are searched without an index and the log says so", async () => {
  const { location, drop } = await freshDatabase();
  if (!("url" in location)) throw new Error("this test is for PostgreSQL");
  const url = new URL(location.url);
  // This role may create tables but no extension, which requires CREATE on the database.
  const role = `${url.pathname.slice(1)}_limited`;
  const admin = new Client(location.url);
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN; GRANT ALL ON SCHEMA public TO ${role}`);
  url.username = role;
  const server = await startTestServer({ database: { url: url.href } });
  try {
    const { clientId } = await createClient(server.operator, { name: "Billing worker" });
    const { clients } = await server.operator.request(
      '{ clients(filter: { nameContains: "WORK" }) { nodes { clientId } } }',
    );
    expect(clients.nodes).toEqual([{ clientId }]);
    expect(server.logs()).toContain("the index client_name_trigrams is missing");
  } finally {
    await server.stop();
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await admin.end();
    await drop();
  }
});
