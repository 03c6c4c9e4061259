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

export const MANAGEMENT_SECRET = "a management secret of a server process";
const LISTENS = /Server listening at (https?:\/\/127\.0\.0\.1:\d+)/;
/** The start-up banner, which is printed once every worker listens. */
const BANNER = /Countersign listens on/;

/** The server as an operator runs it: in a process of its own, which can be killed. */
export interface ServerProcess extends ServerUnderTest {
  operator: GraphqlClient;
  /** All of its standard output and standard error so far. */
  output(): string;
  /** Its log so far: the parsed lines of its standard output. */
  log(): LogLine[];
  /** Waits until its output matches. */
  written(pattern: RegExp): Promise<void>;
  /** Stops reading its standard output until the returned function is called. */
  pauseOutput(): () => void;
  pid: number;
  /** Resolves to its exit code once it and its workers have ended. */
  ended: Promise<number | null>;
  /** Sends the signal and waits until it and its workers have ended. */
  end(signal: "SIGKILL" | "SIGTERM" | "SIGHUP"): Promise<number | null>;
}

export interface LogLine {
  pid: number;
  msg: string;
  route?: string;
}

export type ServerProcesses = Awaited<ReturnType<typeof serverProcesses>>;

/**
 * Starts server processes that share a database, which outlives them.
 * @param databaseUrl URL of an existing PostgreSQL database, which the caller drops
 * @param program of another version
 */
export async function serverProcesses(databaseUrl?: string, program = "dist/src/main.js") {
  const database = databaseUrl
    ? { location: { url: databaseUrl }, drop: async () => {} }
    : await migratedDatabase();
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-process-"));
  const running = new Set<ChildProcess>();
  const databaseSettings: Record<string, string> =
    "url" in database.location ? { DATABASE_URL: database.location.url } : {};
  const settings = {
    PATH: process.env["PATH"],
    PORT: "0",
    PUBLIC_URL,
    DATA_DIR: dataDir,
    // Otherwise each start would look for something to build.
    EXPLORER: "off",
    MASTER_KEY: randomBytes(32).toString("base64url"),
    BOOTSTRAP_PROJECT_ID: PROJECT_ID,
    BOOTSTRAP_PROJECT_SECRET: MANAGEMENT_SECRET,
    ...databaseSettings,
  };
  const run = (changes: Record<string, string>) => {
    const env = { ...settings, ...changes };
    const child = spawn(process.execPath, [program], { env, stdio: "pipe" });
    running.add(child);
    // Its workers inherit its outputs, so "close" comes only after they have ended.
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return { child, ended, ...readOutput(child) };
  };
  return {
    dataDir,
    /** For commands beside the server. */
    databaseSettings,
    /** @param onOutput receives all output of the process */
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
      // Each worker logs that it listens, sometimes after the banner.
      await written(repeated(LISTENS, Number(changes["WORKERS"] ?? 1)));
      await written(BANNER);
      const [, url = ""] = LISTENS.exec(output()) ?? [];
      return {
        url,
        projectId: PROJECT_ID,
        clock: systemClock,
        ...createClients(url),
        output,
        log,
        written,
        pauseOutput: () => {
          child.stdout.pause();
          return () => void child.stdout.resume();
        },
        pid: child.pid ?? 0,
        ended,
        end: async (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    },
    /**
     * Runs a start that must fail, and returns its exit code and output.
     * @param terminateAt ends it by SIGTERM when its output contains this
     */
    expectStartFailure: async (changes: Record<string, string>, terminateAt?: string) => {
      const { child, ended, output, written } = run(changes);
      if (terminateAt) {
        await written(new RegExp(terminateAt));
        child.kill("SIGTERM");
      }
      return { code: await ended, output: output() };
    },
    cleanUp: async () => {
      for (const child of running) child.kill("SIGKILL");
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Matches a text that contains so many matches of the pattern. */
export const repeated = (pattern: RegExp, count: number) =>
  new RegExp(`(?:${pattern.source}[^]*?){${count}}`);

/** Clients for the server under this URL. */
export const createClients = (url: string) => ({
  operator: new GraphqlClient(url, basicAuthorization(PROJECT_ID, MANAGEMENT_SECRET)),
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
  const written = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!pattern.test(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      child.once("close", () =>
        reject(new Error(`the process ended before its output matched ${pattern}:\n${text}`)),
      );
    });
  const lines = () => log.split("\n").filter((line) => line.endsWith("}"));
  return {
    output: () => text,
    log: () => lines().map((line) => JSON.parse(line) as LogLine),
    written,
  };
}
