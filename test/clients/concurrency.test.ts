import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { ClientSearchTerm } from "../../src/clients/client-search-term.entity.js";
import { CREATE_CLIENT, IMPORT_CLIENT } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** Concurrent requests: some succeed, some fail midway and some ask for a taken id. */
const REQUESTS = 200;

describe("200 concurrent creations, a third of which fail midway,", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("leave exactly the acknowledged clients, with their search terms and events", async () => {
    const { auditLog, unitOfWork } = server.services;
    const record = auditLog.record.bind(auditLog);
    let calls = 0;
    jest.spyOn(auditLog, "record").mockImplementation(async (caller, change) => {
      await record(caller, change);
      // The client and its event are written at this point and must be rolled back.
      if (++calls % 3 === 0) throw new Error("failed midway");
    });
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, index) => {
        if (index % 4 === 3) {
          const secretHash = `$2b$10$${"a".repeat(53)}`;
          const input = { clientId: `taken-${index % 8}`, secretHash, scopes: [`scope:${index}`] };
          return server.operator.send(IMPORT_CLIENT, { input });
        }
        const input = { name: `Client ${index}`, scopes: [`scope:${index}`] };
        return server.operator.send(CREATE_CLIENT, { input });
      }),
    );
    jest.restoreAllMocks();
    const acknowledged = new Set<string>();
    const codes = new Map<string, number>();
    for (const { data, errors } of answers) {
      const [error] = errors;
      const created = data?.createClient ?? data?.importClient;
      if (created) acknowledged.add(created.client.clientId);
      const code = error?.extensions.code ?? "none";
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()].sort()).toEqual([
      "DUPLICATE_CLIENT_ID",
      "INTERNAL_SERVER_ERROR",
      "none",
    ]);
    expect(codes.get("INTERNAL_SERVER_ERROR")).toBeGreaterThan(REQUESTS / 5);
    expect(codes.get("none")).toBe(acknowledged.size);

    const { clients } = await server.operator.request(
      "{ clients(first: 200) { totalCount nodes { clientId } } }",
    );
    const existing = clients.nodes.map(({ clientId }: { clientId: string }) => clientId);
    expect(new Set(existing)).toEqual(acknowledged);
    expect(clients.totalCount).toBe(acknowledged.size);
    const terms = await unitOfWork.read.find(ClientSearchTerm);
    const scopes = terms.filter(({ term }) => term.startsWith("scope:"));
    expect(scopes.map(({ clientId }) => clientId).sort()).toEqual([...acknowledged].sort());
    const events = await unitOfWork.read.findBy(AuditEvent, { targetType: "client" });
    expect(events.map(({ targetId }) => targetId).sort()).toEqual([...acknowledged].sort());
  });

  test("do not impair later creations", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.operator.send(CREATE_CLIENT, { input: { scopes: [] } }),
      ),
    );
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  });
});
