import { type ExecFileException, execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

/** Prints after each answer a line feed, which JSON lacks, and on standard error its status. */
const CURLRC = 'silent\nshow-error\nwrite-out = "\\n%{stderr}curl got %{http_code}\\n"\n';

export interface Run {
  code: number;
  /** Standard output. */
  output: string;
  /** Standard error, without what curl says of its answers. */
  errors: string;
  /** Status of each of curl's answers. */
  statuses: number[];
}

/** The shell of a reader: folder and variables stay from one block to the next. */
export class Shell {
  readonly #home: string;
  #folder: string;

  /** @param home a folder of its own for what belongs to the shell alone */
  constructor(home: string, folder: string) {
    this.#home = home;
    this.#folder = folder;
    writeFileSync(path.join(home, ".curlrc"), CURLRC);
    writeFileSync(this.#file("variables"), "");
  }

  /**
   * @param servers commands that go on running, and the port that each listens on: the commands after it wait for that
   */
  async run(
    code: string,
    environment: Readonly<Record<string, string>> = {},
    servers: ReadonlyMap<string, number> = new Map(),
    timeout = 110_000,
  ): Promise<Run> {
    const script = [
      `. ${this.#file("variables")}`,
      `trap '{ export -p; declare -f; } > ${this.#file("variables")}; pwd > ${this.#file("folder")}' EXIT`,
      "set -aeuo pipefail",
      ...code.split("\n").map((line) => this.#inBackground(line, servers)),
    ].join("\n");
    writeFileSync(this.#file("script"), script);
    const env = { ...process.env, ...environment, CURL_HOME: this.#home };
    const options = { cwd: this.#folder, env, timeout, maxBuffer: 16 * 1024 * 1024 };
    const { stdout, stderr, exit } = await promisify(execFile)(
      "bash",
      [this.#file("script")],
      options,
    ).then(
      (printed) => ({ ...printed, exit: 0 }),
      ({ stdout = "", stderr = "", code: exit }: ExecFileException) => ({
        ...{ stdout, stderr },
        exit: Number(exit ?? 1),
      }),
    );
    if (existsSync(this.#file("folder"))) {
      this.#folder = readFileSync(this.#file("folder"), "utf8").trim();
    }
    return {
      code: exit,
      output: stdout,
      errors: stderr.replace(/^curl got .*\n/gm, ""),
      statuses: [...stderr.matchAll(/^curl got (\d+)$/gm)].map(([, status]) => Number(status)),
    };
  }

  /** Ends what goes on running. */
  stop(): void {
    if (!existsSync(this.#file("pids"))) return;
    for (const pid of readFileSync(this.#file("pids"), "utf8").trim().split("\n")) {
      try {
        process.kill(Number(pid));
      } catch {
        // It has ended by itself.
      }
    }
  }

  #inBackground(line: string, servers: ReadonlyMap<string, number>): string {
    const command = line.replace(/\s+#.*$/, "").trim();
    const port = servers.get(command);
    if (port === undefined) return line;
    const log = this.#file("server.log");
    return `${command.replace(/ &$/, "")} > ${log} 2>&1 &
echo $! >> ${this.#file("pids")}
until (: > /dev/tcp/localhost/${port}) 2> /dev/null; do kill -0 $! || { cat ${log}; exit 1; }; sleep 0.1; done`;
  }

  #file(name: string): string {
    return path.join(this.#home, name);
  }
}
