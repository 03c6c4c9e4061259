import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { VERSION } from "../../src/shared/version.js";
import { type Balancer, startBalancer } from "../processes/balancer.js";
import { type Load, startLoad } from "../processes/load.js";
import { authenticate, createSessionMember } from "../sessions/session-operations.js";
import { runCommand } from "../support/command-line.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import {
  buildEarlierVersion,
  EARLIER_VERSION,
  missingEarlierVersion,
} from "../support/earlier-version.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import {
  type Credentials,
  createClient,
  issueToken,
  UPDATE_CLIENT,
  VERIFY_TOKEN,
} from "../support/operations.js";
import {
  createClients,
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { GuideReader } from "./guide-reader.js";

describeUnlessMissing(
  missingEarlierVersion,
  `version ${EARLIER_VERSION} and this one on one PostgreSQL database, under load`,
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-upgrade-"));
    const MASTER_KEY = randomBytes(32).toString("base64url");
    const databases: TestDatabase[] = [];
    const programs: ServerProcesses[] = [];
    /** Of two earlier processes, two of this version, and one after the way back. */
    let ports: string[];
    let earlier: ServerProcess[];
    let current: ServerProcess[];
    let balancer: Balancer;
    let creations: Load;
    let tokens: Load;
    let session: AttestedSession;
    const created: Credentials[] = [];
    const newest = () => created.at(-1) as Credentials;
    const both = (count: number) =>
      Promise.all([tokens.waitForAnswers(count), creations.waitForAnswers(count)]);

    async function databaseUrl(): Promise<string> {
      const database = await freshDatabase();
      databases.push(database);
      return "url" in database.location ? database.location.url : "";
    }

    async function programOf(version: "earlier" | "current", url: string) {
      const program = version === "earlier" ? buildEarlierVersion() : undefined;
      const processes = await serverProcesses(url, program);
      programs.push(processes);
      return (port: string | undefined) =>
        processes.start({ MASTER_KEY, PORT: String(port), DRAIN_SECONDS: "2" });
    }

    /** @returns what a command prints as JSON */
    async function run(url: string, ...args: string[]) {
      const env = { DATABASE_URL: url, DATA_DIR: folder, MASTER_KEY };
      const { exitCode, stdout, stderr } = await runCommand([...args, "--json"], env);
      expect([exitCode, stderr]).toEqual([0, ""]);
      return JSON.parse(stdout);
    }

    let url: string;
    let guide: GuideReader;

    beforeAll(async () => {
      url = await databaseUrl();
      guide = new GuideReader("docs/operations/upgrading.md", { DATABASE_URL: url, MASTER_KEY });
      ports = await Promise.all(Array.from({ length: 5 }, async () => String(await freePort())));
      const start = await programOf("earlier", url);
      // The first one makes the project.
      earlier = [await start(ports[0])];
      earlier.push(await start(ports[1]));
      balancer = await startBalancer(ports.map((port) => `http://127.0.0.1:${port}`));
      await balancer.waitForReady(2);
      const { operator, anonymous } = createClients(balancer.url);
      created.push(await createClient(operator));
      const member = await createSessionMember(earlier[0] as ServerProcess, operator);
      session = await member.startSession();
      tokens = startLoad(2, () => issueToken(anonymous, newest()));
      creations = startLoad(1, async () => created.push(await createClient(operator)));
      await both(10);
    });

    afterAll(async () => {
      await balancer?.stop();
      for (const processes of programs) await processes.cleanUp();
      for (const database of databases) await database.drop();
      rmSync(folder, { recursive: true });
    });

    test("`upgrade check` says that it can be done like this, and a backup is made", async () => {
      expect(await guide.next()).toContain("both versions work on the database at the same time");
      await guide.next();
      expect(await run(url, "upgrade", "check")).toEqual({
        version: VERSION,
        database: "PostgreSQL",
        from: EARLIER_VERSION,
        migrations: expect.arrayContaining(["Backups1798800000000"]),
        upgrade: "ROLLING",
        wayBack: "RESTORE",
        stopReasons: [],
      });
    });

    test("processes of this version join, and each works on what the other writes", async () => {
      const start = await programOf("current", url);
      current = [await start(ports[2])];
      current.push(await start(ports[3]));
      await balancer.waitForReady(4);
      await both(20);
      const all = [...earlier, ...current];
      for (const [index, { operator }] of all.entries()) {
        const client = await createClient(operator);
        const others = all.filter((_, at) => at !== index);
        for (const other of others) {
          const { accessToken } = await issueToken(other.anonymous, client);
          await operator.request(VERIFY_TOKEN, { input: { accessToken } });
        }
        const input = { clientId: client.clientId, status: "INACTIVE" };
        await others[0]?.operator.request(UPDATE_CLIENT, { input });
        await expect(issueToken(others[1]?.anonymous ?? operator, client)).rejects.toThrow();
        await authenticate(operator, { sessionToken: session.sessionToken });
        await authenticate(operator, { sessionJwt: session.sessionJwt });
      }
    });

    test("the earlier ones leave, without a failed request", async () => {
      for (const server of earlier) expect(await server.end("SIGTERM")).toBe(0);
      await balancer.waitForReady(2);
      await both(20);
      expect(await creations.stop()).toBeGreaterThan(50);
      expect([...tokens.failures, ...creations.failures]).toEqual([]);
    });

    test("`upgrade check` finds nothing left to do", async () => {
      expect(await run(url, "upgrade", "check")).toMatchObject({
        from: VERSION,
        migrations: [],
        upgrade: "ROLLING",
        wayBack: "START",
      });
    });

    test("the earlier version does not start on the database any more", async () => {
      const { expectStartFailure } = programs[0] as ServerProcesses;
      expect(await expectStartFailure({ MASTER_KEY })).toEqual({
        code: 1,
        output: expect.stringContaining("A newer version of Countersign created this database"),
      });
    });

    test("the way back is a backup, restored for the earlier version, without a failed request", async () => {
      // Leaves an event that the earlier version does not know.
      await run(url, "backup", "--out", path.join(folder, "countersign.backup"));
      const former = await databaseUrl();
      await guide.next({ "postgres://user:password@host/former": former });
      guide.close();
      const start = await programOf("earlier", former);
      const server = await start(ports[4]);
      await balancer.waitForReady(3);
      const ends = await Promise.all(current.map((process) => process.end("SIGTERM")));
      expect(ends).toEqual([0, 0]);
      await tokens.waitForAnswers(20);
      await tokens.stop();
      expect(tokens.failures).toEqual([]);
      for (const client of [created[0], newest()]) {
        const { accessToken } = await issueToken(server.anonymous, client as Credentials);
        await server.operator.request(VERIFY_TOKEN, { input: { accessToken } });
      }
      await authenticate(server.operator, { sessionToken: session.sessionToken });
      const { auditEvents } = await server.operator.request(
        "{ auditEvents(filter: { actorType: SYSTEM }) { nodes { action } } }",
      );
      expect(auditEvents.nodes[0]).toEqual({ action: "BACKUP_CREATE" });
    });
  },
  { alsoInCi: true },
);
