import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemClock } from "../../src/shared/clock.js";
import { migratedDatabase } from "./database.js";
import { basicAuthorization, GraphqlClient } from "./graphql-client.js";
import { PUBLIC_URL, type ServerUnderTest } from "./test-server.js";

export const PROJECT_ID = "process-test";

const SECRET = "a management secret of a server process";
const LISTENS = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/;
/** What is printed when all of it listens. */
const WELCOME = /Countersign listens on/;

/** The server as an operator runs it: a process of its own, which can be killed. */
export interface ServerProcess extends ServerUnderTest {
  operator: GraphqlClient;
  /** All that it has written so far, to either output. */
  output(): string;
  /** What of it is log: the lines of standard output. */
  log(): LogLine[];
  /** Waits until it has written this. */
  written(what: RegExp): Promise<void>;
  pid: number;
  /** Its exit code, when it and its workers have ended. */
  ended: Promise<number | null>;
  /** Sends the signal and waits for the end, of its workers too. */
  end(signal: "SIGKILL" | "SIGTERM" | "SIGHUP"): Promise<number | null>;
}

export interface LogLine {
  pid: number;
  msg: string;
  route?: string;
}

export type ServerProcesses = Awaited<ReturnType<typeof serverProcesses>>;

/**
 * A database that outlives the processes which are started on it.
 * @param databaseUrl of a PostgreSQL database that is somebody else's to drop
 */
export async function serverProcesses(databaseUrl?: string) {
  const database = databaseUrl
    ? { location: { url: databaseUrl }, drop: async () => {} }
    : await migratedDatabase();
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-process-"));
  const running = new Set<ChildProcess>();
  const settings = {
    PATH: process.env["PATH"],
    PORT: "0",
    PUBLIC_URL,
    DATA_DIR: dataDir,
    MASTER_KEY: randomBytes(32).toString("base64url"),
    BOOTSTRAP_PROJECT_ID: PROJECT_ID,
    BOOTSTRAP_PROJECT_SECRET: SECRET,
    ...("url" in database.location && { DATABASE_URL: database.location.url }),
  };
  const run = (changes: Record<string, string>) => {
    const env = { ...settings, ...changes };
    const child = spawn(process.execPath, ["dist/src/main.js"], { env, stdio: "pipe" });
    running.add(child);
    // Its workers have its outputs too.
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return { child, ended, ...readOutput(child) };
  };
  return {
    dataDir,
    /** @param onOutput is given all that the process writes */
    start: async (
      changes: Record<string, string> = {},
      onOutput?: (text: string) => void,
    ): Promise<ServerProcess> => {
      const { child, ended, output, log, written } = run(changes);
      if (onOutput) {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (chunk) => onOutput(String(chunk)));
        }
      }
      // Each of its workers says so, in a log whose lines may come a little late.
      await written(repeated(LISTENS, Number(changes["WORKERS"] ?? 1)));
      await written(WELCOME);
      const [, url = ""] = LISTENS.exec(output()) ?? [];
      return {
        url,
        projectId: PROJECT_ID,
        clock: systemClock,
        ...createClients(url),
        output,
        log,
        written,
        pid: child.pid ?? 0,
        ended,
        end: async (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    },
    /** What becomes of a start that must fail. */
    expectStartFailure: async (changes: Record<string, string>) => {
      const { ended, output } = run(changes);
      return { code: await ended, output: output() };
    },
    cleanUp: async () => {
      for (const child of running) child.kill("SIGKILL");
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** So many times. */
export const repeated = (what: RegExp, count: number) =>
  new RegExp(`(?:${what.source}[^]*?){${count}}`);

/** Who speaks to it under this URL. */
export const createClients = (url: string) => ({
  operator: new GraphqlClient(url, basicAuthorization(PROJECT_ID, SECRET)),
  anonymous: new GraphqlClient(url, null),
});

function readOutput(child: ChildProcess) {
  let text = "";
  let log = "";
  const waiting = new Set<() => void>();
  const read = (chunk: unknown) => {
    text += String(chunk);
    for (const check of waiting) check();
  };
  child.stdout?.on("data", (chunk) => {
    log += String(chunk);
    read(chunk);
  });
  child.stderr?.on("data", read);
  const written = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!what.test(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      child.once("close", () => reject(new Error(`it ended without ${what}:\n${text}`)));
    });
  const lines = () => log.split("\n").filter((line) => line.endsWith("}"));
  return {
    output: () => text,
    log: () => lines().map((line) => JSON.parse(line) as LogLine),
    written,
  };
}
