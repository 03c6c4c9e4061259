import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { insertMany } from "../../src/persistence/insert-many.js";
import { PreparedRead } from "../../src/persistence/prepared-read.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("SQL that bypasses TypeORM's query builder", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("reads the same entities as TypeORM", async () => {
    const { operator, services, projectId } = server;
    const { read } = services.unitOfWork;
    const { clientId } = await createClient(operator, {
      name: "Ädа's “worker” 🙂",
      description: "a line\nand another",
      scopes: ["read:invoices"],
      trustedMetadata: { nested: { list: [1, null, true, "’"] } },
      accessTokenLifetimeSeconds: 600,
    });
    const prepared = new PreparedRead<{ client: Client; missing: Client | null }>(
      "test-client",
      read.dataSource,
      { client: { entity: Client }, missing: { entity: Client } },
      `FROM clients AS client LEFT JOIN clients AS missing ON missing.client_id = 'nobody'
       WHERE client.project_id = $1 AND client.client_id = $2`,
    );
    const client = await read.findOneByOrFail(Client, { projectId, clientId });
    expect(await prepared.first(projectId, clientId)).toEqual({ client, missing: null });
    expect((await prepared.first(projectId, clientId))?.client).toBeInstanceOf(Client);
    expect(await prepared.first(projectId, "nobody")).toBeNull();
    const concurrent = Array.from({ length: 30 }, () => prepared.first(projectId, clientId));
    for (const row of await Promise.all(concurrent)) expect(row).toEqual({ client, missing: null });
  });

  test("reads only the requested properties", async () => {
    const { operator, services, projectId } = server;
    const { clientId } = await createClient(operator);
    const prepared = new PreparedRead<{ client: Pick<Client, "clientId" | "status"> }>(
      "test-status",
      services.unitOfWork.read.dataSource,
      { client: { entity: Client, only: ["clientId", "status"] } },
      "FROM clients AS client WHERE client.project_id = $1 AND client.client_id = $2",
    );
    const row = await prepared.first(projectId, clientId);
    expect({ ...row?.client }).toEqual({ clientId, status: "ACTIVE" });
  });

  test("inserts the same rows as TypeORM", async () => {
    const { unitOfWork } = server.services;
    const event = (auditEventId: string): AuditEvent => ({
      ...{ auditEventId, projectId: "a project", action: "token.issue", count: 7 },
      ...{ actorType: "CLIENT", actorId: `"quoted" '🙂'\n`, outcome: "SUCCESS" },
      ...{ targetType: "token", targetId: "", requestId: "a request", ipAddress: "::1" },
      occurredAt: new Date("2026-03-01T12:00:00.123Z"),
    });
    await unitOfWork.write(async (manager) => {
      await manager.insert(AuditEvent, event("by TypeORM"));
      await insertMany(manager, AuditEvent, [event("first"), event("second")]);
    });
    const rows = (await unitOfWork.read.query(
      "SELECT * FROM audit_events WHERE project_id = 'a project' ORDER BY audit_event_id",
    )) as object[];
    expect(rows).toHaveLength(3);
    const [byTypeorm, first, second] = rows;
    expect(first).toEqual({ ...byTypeorm, audit_event_id: "first" });
    expect(second).toEqual({ ...byTypeorm, audit_event_id: "second" });
  });
});
