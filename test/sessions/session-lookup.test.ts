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
    "for a %s read session, member and organization once, each by an index",
    async (credential) => {
      const input = { [credential]: started[credential] };
      await authenticate(server.anonymous, input);
      const statements = await recordStatements(server.services, () =>
        authenticate(server.anonymous, input),
      );
      const count = (pattern: RegExp) => statements.filter(({ sql }) => pattern.test(sql)).length;
      expect(count(/^SELECT .* FROM "sessions"/)).toBe(1);
      expect(count(/^UPDATE "sessions"/)).toBe(1);
      expect(count(/^SELECT .* FROM "members"/)).toBe(1);
      expect(count(/^SELECT .* FROM "organizations"/)).toBe(1);
      await server.services.unitOfWork.write(async (manager) => {
        // PostgreSQL reads a few rows without an index. This setting shows its plan for many rows.
        const isPostgres = manager.dataSource.options.type === "postgres";
        if (isPostgres) await manager.query("SET LOCAL enable_seqscan = off");
        for (const statement of statements) {
          const plan = (await explain(manager, statement)).join("\n");
          expect(plan).toMatch(isPostgres ? /Index (Only )?Scan/ : /^SEARCH .* USING .*INDEX/);
          expect(plan).not.toMatch(/Seq Scan|\bSCAN\b/);
        }
        const [session] = statements.filter(({ sql }) => /FROM "sessions"/.test(sql));
        const plan = (await explain(manager, session as Statement)).join("\n");
        expect(plan).toMatch(
          credential === "sessionToken" ? /token_hash\b.*=/ : /project_id\b.*=.*\bsession_id\b.*=/,
        );
      });
    },
  );
});
