import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { explain, recordStatements, type Statement } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { authenticate, createSessionMember } from "./session-operations.js";

describe("the queries of authenticateSession", () => {
  let server: TestServer;
  let started: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    started = await (await createSessionMember(server, server.operator)).startSession();
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(["sessionToken", "sessionJwt"] as const)(
    "for a %s are one read, by indices",
    async (credential) => {
      const input = { [credential]: started[credential] };
      await authenticate(server.anonymous, input);
      server.clock.advance(120);
      const statements = await recordStatements(server.services, () =>
        authenticate(server.anonymous, input),
      );
      expect(statements).toHaveLength(1);
      await server.services.unitOfWork.write(async (manager) => {
        // PostgreSQL reads a few rows without an index. This setting shows its plan for many rows.
        const isPostgres = manager.dataSource.options.type === "postgres";
        if (isPostgres) await manager.query("SET LOCAL enable_seqscan = off");
        const plan = (await explain(manager, statements[0] as Statement)).join("\n");
        expect(plan).toMatch(isPostgres ? /Index (Only )?Scan/ : /^SEARCH .* USING .*INDEX/);
        expect(plan).not.toMatch(/Seq Scan|\bSCAN\b/);
        expect(plan).toMatch(
          credential === "sessionToken" ? /token_hash\b.*=/ : /project_id\b.*=.*\bsession_id\b.*=/,
        );
      });
    },
  );

  test("of an extension read the session once more, to lock it", async () => {
    const { sessionToken } = started;
    const extend = () =>
      authenticate(server.operator, { sessionToken }, { sessionDurationMinutes: 60 });
    await extend();
    const statements = await recordStatements(server.services, extend);
    const ofSessions = statements.filter(({ sql }) => /sessions/.test(sql));
    expect(ofSessions.map(({ sql }) => sql.slice(0, 6))).toEqual(["SELECT", "SELECT", "UPDATE"]);
    expect(statements.filter(({ sql }) => /members/.test(sql))).toHaveLength(1);
  });
});
