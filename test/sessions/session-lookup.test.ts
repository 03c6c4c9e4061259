import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { explain, recordStatements, type Statement } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { authenticate, createMemberSession } from "./session-operations.js";

describe("authenticateSession looks things up", () => {
  let server: TestServer;
  let begun: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    begun = await (await createMemberSession(server, server.operator)).begin();
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(["sessionToken", "sessionJwt"] as const)(
    "by %s: one session, its member, its organization, each by an index",
    async (credential) => {
      const input = { [credential]: begun[credential] };
      await authenticate(server.anonymous, input);
      const statements = await recordStatements(server.services, () =>
        authenticate(server.anonymous, input),
      );
      const asked = (pattern: RegExp) => statements.filter(({ sql }) => pattern.test(sql)).length;
      expect(asked(/^SELECT .* FROM "sessions"/)).toBe(1);
      expect(asked(/^UPDATE "sessions"/)).toBe(1);
      expect(asked(/^SELECT .* FROM "members"/)).toBe(1);
      expect(asked(/^SELECT .* FROM "organizations"/)).toBe(1);
      await server.services.unitOfWork.write(async (manager) => {
        // A few rows are read fastest in one go; this asks what is done with many.
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
