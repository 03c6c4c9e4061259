// What the stories of the examples share: each `run.ts` plays one on a stage. An application needs nothing of it.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

type Settings = Record<string, string>;

/** A running Countersign, and the management key of its first project. */
export interface Countersign {
  url: string;
  issuer: string;
  projectId: string;
  secret: string;
}

/**
 * Plays a story in a temporary folder. Whatever happens, it stops what the story has started, and deletes the folder. A
 * story that fails ends the process with a code that is not 0.
 * @param folder of the example
 */
export async function play(folder: string, story: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = new Stage(folder);
  const interruption = new Promise<never>((_resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.once(signal, () => reject(new Error(`Interrupted by ${signal}`)));
    }
  });
  try {
    await Promise.race([story(stage), interruption]);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await stage.clear();
  }
  process.exit();
}

export class Stage {
  /** Where the story may write files. */
  readonly temporary = mkdtempSync(path.join(tmpdir(), "countersign-example-"));
  readonly #folder: string;
  readonly #programs: ChildProcess[] = [];
  readonly #servers: Server[] = [];
  #isCleared = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says what happens next. */
  tell(sentence: string): void {
    console.log(`\n${sentence}`);
  }

  /** Prints what somebody in the story says. */
  show(name: string, line: string): void {
    console.log(`   ${name}: ${line}`);
  }

  /** Starts Countersign with an empty database. Its log is no part of the story. */
  async startCountersign(settings: Settings = {}): Promise<Countersign> {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const projectId = "project-example";
    const secret = randomBytes(32).toString("base64url");
    const start = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));
    const server = this.#spawn([process.execPath, start], {
      PORT: String(port),
      DATA_DIR: this.temporary,
      BOOTSTRAP_PROJECT_ID: projectId,
      BOOTSTRAP_PROJECT_SECRET: secret,
      EXPLORER: "off",
      ...settings,
    });
    let log = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on("data", (chunk) => {
        log += chunk;
      });
    }
    await answered(`${url}/readyz`, server).catch((error) => {
      throw new Error(log, { cause: error });
    });
    return { url, projectId, secret, issuer: `${url}/projects/${projectId}` };
  }

  /**
   * Starts a server of the example, and waits until it answers.
   * @param name by which the story prints what it says
   */
  async startServer(name: string, file: string, url: string, settings: Settings): Promise<void> {
    const server = this.#spawn([process.execPath, file], settings);
    this.#print(name, server);
    await answered(url, server);
  }

  /** Runs a program of the example to its end. */
  async run(name: string, command: string[], settings: Settings): Promise<Run> {
    const program = this.#spawn(command, settings);
    const lines = this.#print(name, program);
    const [code] = await once(program, "close");
    return { code, lines };
  }

  /** Whether a program that the machine may lack is there, and does what the command says. */
  async succeeds(command: string[]): Promise<boolean> {
    const program = this.#spawn(command, {});
    return new Promise((resolve) => {
      program.once("error", () => resolve(false));
      program.once("exit", (code) => resolve(code === 0));
    });
  }

  /** Serves HTTP for somebody else in the story. @returns its URL */
  async serve(server: Server): Promise<string> {
    this.#servers.push(server);
    await once(server.listen(0, "localhost"), "listening");
    return `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  async clear(): Promise<void> {
    this.#isCleared = true;
    const running = this.#programs.filter(isRunning);
    await Promise.all(running.map((program) => program.kill() && once(program, "exit")));
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.temporary, { recursive: true, force: true });
  }

  #spawn([file = "", ...args]: string[], settings: Settings): ChildProcess {
    if (this.#isCleared) throw new Error("The story is over");
    // Settings of this shell, such as COUNTERSIGN_URL, must not lead a story to another server.
    const { PATH, PYTHONPATH, HOME } = process.env;
    const env = { PATH, PYTHONPATH, HOME, ...settings };
    const program = spawn(file, args, {
      cwd: this.#folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#programs.push(program);
    return program;
  }

  /** @returns its lines so far */
  #print(name: string, { stdout, stderr }: ChildProcess): string[] {
    const lines: string[] = [];
    for (const input of [stdout, stderr]) {
      if (!input) continue;
      createInterface({ input }).on("line", (line) => {
        lines.push(line);
        this.show(name, line);
      });
    }
    return lines;
  }
}

/** How a program ended, and what it printed. */
export interface Run {
  code: number | null;
  lines: string[];
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const isRunning = ({ exitCode, signalCode, pid }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

/** Waits until a server answers, with whatever status. */
async function answered(url: string, server: ChildProcess): Promise<void> {
  while (!(await fetch(url).catch(() => null))) {
    if (server.exitCode !== null) throw new Error(`${server.spawnargs.join(" ")} has ended`);
    await delay(50);
  }
}
