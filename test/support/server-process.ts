import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freshDatabase } from "./database.js";
import { basicAuthorization, GraphqlClient } from "./graphql-client.js";

export const PROJECT_ID = "process-test";
const SECRET = "a management secret of a server process";

/** The server as an operator runs it: a process of its own, which can be killed. */
export interface ServerProcess {
  /** Where it listens. */
  url: string;
  operator: GraphqlClient;
  anybody: GraphqlClient;
  /** Sends the signal and waits for the end. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
}

export interface StartOptions {
  env?: Record<string, string>;
  /** Is given all that the process writes. */
  onOutput?: (text: string) => void;
}

/**
 * A database that outlives the processes which are started on it, one after another.
 * @param databaseUrl of a PostgreSQL database that is somebody else's to drop
 */
export async function serverProcesses(databaseUrl?: string) {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-needed"]);
  const database = databaseUrl
    ? { location: { url: databaseUrl }, drop: async () => {} }
    : await freshDatabase();
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-process-"));
  const running = new Set<ChildProcess>();
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    DATA_DIR: dataDir,
    MASTER_KEY: randomBytes(32).toString("base64url"),
    BOOTSTRAP_PROJECT_ID: PROJECT_ID,
    BOOTSTRAP_PROJECT_SECRET: SECRET,
    ...("url" in database.location && { DATABASE_URL: database.location.url }),
  };
  return {
    start: async ({ env: more, onOutput }: StartOptions = {}): Promise<ServerProcess> => {
      const child = spawn(process.execPath, ["dist/src/main.js"], {
        env: { ...env, ...more },
        stdio: "pipe",
      });
      if (onOutput) {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (chunk) => onOutput(String(chunk)));
        }
      }
      running.add(child);
      const ended = new Promise<number | null>((resolve) => {
        child.once("exit", (code) => {
          running.delete(child);
          resolve(code);
        });
      });
      const url = await listening(child);
      return {
        url,
        operator: new GraphqlClient(url, basicAuthorization(PROJECT_ID, SECRET)),
        anybody: new GraphqlClient(url, null),
        end: async (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    },
    cleanUp: async () => {
      for (const child of running) child.kill("SIGKILL");
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: unknown) => {
      output += String(chunk);
      const [, url] = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
      if (url) resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", () => reject(new Error(`the server did not start:\n${output}`)));
  });
}
