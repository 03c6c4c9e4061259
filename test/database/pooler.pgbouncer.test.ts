import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import {
  basicHeader,
  issueAccessToken,
  type OAuthAnswer,
  post,
  requestToken,
} from "../oauth/oauth-operations.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { postgresServer } from "../support/database.js";
import { describeUnlessMissing } from "../support/left-out.js";
import {
  createClient,
  getClient,
  issueToken,
  ROTATE_SECRET,
  updateClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { missingPgBouncer, startPgBouncer } from "../support/pgbouncer.mjs";
import { runs } from "../support/property-runs.js";
import { PROJECT_ID, type ServerProcess, serverProcesses } from "../support/server-process.js";

const CALLERS = 64;

describeUnlessMissing(missingPgBouncer, "behind PgBouncer in transaction mode", () => {
  let processes: Awaited<ReturnType<typeof serverProcesses>>;
  let server: ServerProcess;

  beforeAll(async () => {
    processes = await serverProcesses();
    server = await processes.start({ WORKERS: "2", DATABASE_POOL_SIZE: "32" });
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  const expectStatus = ({ status, text }: OAuthAnswer, expected: number) => {
    if (status !== expected) throw new Error(`${status} ${text}`);
  };

  /** A program with a client of its own, which remembers what the server has acknowledged. */
  const createCaller = async (
    number: number,
    member: Awaited<ReturnType<typeof createSessionMember>>,
  ) => {
    const client = await createClient(server.operator, { name: `caller ${number}` });
    let { clientId, clientSecret, name } = client;
    let revoked = "";
    let rotations = 0;
    const sessions: string[] = [];
    const introspect = async (token: string) => {
      const path = `/projects/${PROJECT_ID}/oauth/introspect`;
      return (await post(server, path, { token }, basicHeader({ clientId, clientSecret }))).body;
    };
    const kinds = [
      async () => expectStatus(await requestToken(server, { clientId, clientSecret }), 200),
      async () => issueToken(server.anonymous, { clientId, clientSecret }),
      async () => {
        const accessToken = await issueAccessToken(server, { clientId, clientSecret });
        await server.operator.request(VERIFY_TOKEN, { input: { accessToken } });
      },
      async () => {
        const input = { clientId, overlapSeconds: 0 };
        const { rotateSecret } = await server.operator.request(ROTATE_SECRET, { input });
        clientSecret = rotateSecret.clientSecret;
        rotations++;
      },
      async () => {
        sessions.push((await member.startSession()).sessionToken);
      },
      async () => {
        const token = await issueAccessToken(server, { clientId, clientSecret });
        expect(await introspect(token)).toMatchObject({ active: true, client_id: clientId });
      },
      async () => {
        const token = await issueAccessToken(server, { clientId, clientSecret });
        const path = `/projects/${PROJECT_ID}/oauth/revoke`;
        const headers = basicHeader({ clientId, clientSecret });
        expectStatus(await post(server, path, { token }, headers), 200);
        revoked = token;
      },
      async () => {
        name = (await updateClient(server.operator, { clientId, name: `${name}.`.slice(-40) }))
          .name;
      },
    ];
    return {
      send: (kind: number) => kinds[kind % kinds.length]?.() ?? Promise.resolve(),
      /** Whatever was acknowledged and cannot be seen any more. */
      lost: async () => {
        const lost: string[] = [];
        const found = await getClient(server.operator, clientId);
        if (found?.name !== name) lost.push("name");
        await issueToken(server.anonymous, { clientId, clientSecret }).catch(() => {
          lost.push("rotation");
        });
        if (revoked !== "" && (await introspect(revoked)).active) lost.push("revocation");
        for (const sessionToken of sessions.slice(-3)) {
          await authenticate(server.operator, { sessionToken }).catch(() => lost.push("session"));
        }
        return lost;
      },
      count: () => ({ rotations, sessions: sessions.length }),
    };
  };

  test(
    "two workers answer mixed requests over 64 connections, and keep what they have acknowledged",
    async () => {
      const total = runs(10_000);
      const member = await createSessionMember(server, server.operator);
      const callers = await Promise.all(
        Array.from({ length: CALLERS }, (_, number) => createCaller(number, member)),
      );
      const failures: string[] = [];
      let sent = 0;
      await Promise.all(
        callers.map(async (caller, number) => {
          for (let own = number; sent < total; own++) {
            sent++;
            await caller.send(own).catch((error: Error) => failures.push(error.message));
          }
        }),
      );
      expect(failures).toEqual([]);
      expect((await Promise.all(callers.map((caller) => caller.lost()))).flat()).toEqual([]);
      const counts = callers.map((caller) => caller.count());
      const sum = (of: "rotations" | "sessions") => counts.reduce((all, one) => all + one[of], 0);
      const events = await server.operator.request(`{
        rotations: auditEvents(filter: { action: CLIENT_ROTATE_SECRET }) { totalCount }
        sessions: auditEvents(filter: { action: SESSION_START }) { totalCount }
      }`);
      expect(events).toEqual({
        rotations: { totalCount: sum("rotations") },
        sessions: { totalCount: sum("sessions") },
      });
    },
    20 * 60_000,
  );

  test("the limits of a transaction stay within it", async () => {
    const pooler = await startPgBouncer(postgresServer ?? "", { default_pool_size: 2 });
    const own = await serverProcesses(pooler.url);
    const client = new Client(pooler.url);
    try {
      // One connection for the lock of the start, and one for everything else.
      const running = await own.start({ DATABASE_POOL_SIZE: "1" });
      await createClient(running.operator);
      await client.connect();
      const { rows } = await client.query(`SELECT current_setting('statement_timeout') AS statement,
        current_setting('idle_in_transaction_session_timeout') AS idle`);
      expect(rows).toEqual([{ statement: "0", idle: "0" }]);
    } finally {
      await client.end();
      await own.cleanUp();
      await pooler.stop();
    }
  });
});

describe("the tests behind a pooler", () => {
  test("have a pooler unless it is missing", () => {
    expect(process.env["TEST_POOLER"] !== undefined).toBe(missingPgBouncer === null);
  });
});
