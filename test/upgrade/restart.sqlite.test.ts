import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startLoad } from "../processes/load.js";
import { runCommand } from "../support/command-line.js";
import {
  buildEarlierVersion,
  EARLIER_VERSION,
  missingEarlierVersion,
} from "../support/earlier-version.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import { type Credentials, createClient, issueToken } from "../support/operations.js";
import {
  createClients,
  type ServerProcess,
  type ServerProcesses,
  serverProcesses,
} from "../support/server-process.js";

describeUnlessMissing(
  missingEarlierVersion,
  `an upgrade of the embedded database from version ${EARLIER_VERSION}, under load`,
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-upgrade-"));
    const before = path.join(folder, "before.backup");
    const env = { DATA_DIR: folder, MASTER_KEY: randomBytes(32).toString("base64url") };
    const programs: ServerProcesses[] = [];
    let startEarlier: () => Promise<ServerProcess>;
    let startCurrent: () => Promise<ServerProcess>;
    let server: ServerProcess;
    let credentials: Credentials;

    beforeAll(async () => {
      const PORT = String(await freePort());
      for (const program of [buildEarlierVersion(), undefined]) {
        programs.push(await serverProcesses("file:unused", program));
      }
      const [earlier, current] = programs.map(
        (processes) => () => processes.start({ DATABASE_URL: "", PORT, ...env }),
      );
      startEarlier = earlier as typeof startEarlier;
      startCurrent = current as typeof startCurrent;
      server = await startEarlier();
      credentials = await createClient(server.operator);
    });

    afterAll(async () => {
      for (const processes of programs) await processes.cleanUp();
      rmSync(folder, { recursive: true });
    });

    /** Fails requests only while the server is stopped. */
    async function replaceBy(start: () => Promise<ServerProcess>, meanwhile = async () => {}) {
      const { anonymous } = createClients(server.url);
      const load = () => startLoad(2, () => issueToken(anonymous, credentials));
      const before = load();
      await before.waitForAnswers(10);
      await before.stop();
      expect(await server.end("SIGTERM")).toBe(0);
      await meanwhile();
      server = await start();
      const after = load();
      await after.waitForAnswers(10);
      await after.stop();
      expect([...before.failures, ...after.failures]).toEqual([]);
    }

    /** @returns what it prints */
    async function restoreForEarlier(backup: string, settings: typeof env) {
      const args = ["restore", "--for-version", EARLIER_VERSION, backup];
      const { exitCode, stdout, stderr } = await runCommand(args, settings);
      expect([exitCode, stderr]).toEqual([0, ""]);
      return stdout;
    }

    test("`upgrade check` runs beside the server, and tells of the restart", async () => {
      const { exitCode, stdout } = await runCommand(["upgrade", "check"], env);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^The SQLite database has the schema of 0\.2\.0\.\n/);
      expect(stdout).toContain("Stop the server, then start this version");
      expect(stdout).toContain("Way back: restore a backup with --for-version");
    });

    test("a backup of the earlier version's database is restored for it elsewhere", async () => {
      expect((await runCommand(["backup", "--out", before], env)).exitCode).toBe(0);
      const elsewhere = { ...env, DATA_DIR: path.join(folder, "elsewhere") };
      expect(await restoreForEarlier(before, elsewhere)).toContain("for version 0.2.0.");
      const { stdout } = await runCommand(["upgrade", "check", "--json"], elsewhere);
      expect(JSON.parse(stdout)).toMatchObject({ from: EARLIER_VERSION, upgrade: "RESTART" });
    });

    test("fails no request but during the restart", async () => {
      await replaceBy(startCurrent);
      expect((await runCommand(["upgrade", "check"], env)).stdout).toContain(
        "Way back: start the earlier version.",
      );
    });

    test("nor does the way back, which keeps what was written since", async () => {
      const since = await createClient(server.operator);
      const now = path.join(folder, "now.backup");
      await replaceBy(startEarlier, async () => {
        expect((await runCommand(["backup", "--out", now], env)).exitCode).toBe(0);
        expect(await restoreForEarlier(now, env)).toContain("The former database is in ");
      });
      await issueToken(server.anonymous, since);
    });

    test("a version that was never released is no way back", async () => {
      const args = ["restore", "--for-version", "0.1.0", before];
      expect(await runCommand(args, env)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^--for-version must be an earlier version: 0\.2\.0/),
      });
    });
  },
  { alsoInCi: true },
);
