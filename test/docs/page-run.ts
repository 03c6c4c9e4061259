import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Kind, type OperationDefinitionNode, parse } from "graphql";
import { freePort, type LiveServer, startLiveServer } from "../support/live-server.js";
import type { Block } from "../support/markdown-blocks.js";
import { Shell } from "../support/shell.js";
import { withoutElsewhere } from "./commands.js";
import { assertFilled, KnownValues } from "./known-values.js";
import { type Page, pageOf, type Value } from "./pages.js";
import { judge, judgeRefusals } from "./refusals.js";

/** Addresses at which pages have the server. */
const ADDRESSES = ["http://localhost:4000", "https://auth.example.com"];

/** Exit code of a shell that lacks a program (POSIX.1, section 2.8.2). */
const NOT_FOUND = 127;

/** A reader who does what a page says, block by block, at a server of its own. */
export class PageRun {
  /** What the blocks so far have answered. */
  readonly known = new KnownValues();
  readonly #servers = new Map<string, number>();
  readonly #ports = new Map<number, number>();
  readonly #replacements: (readonly [string, Value])[];

  private constructor(
    readonly server: LiveServer,
    /** Folder of the shell. */
    readonly folder: string,
    private readonly shell: Shell,
    private readonly page: Page,
  ) {
    this.known.learnFrom(`${server.projectId} ${server.managementSecret}`);
    this.#replacements = [
      ...Object.entries(page.replace ?? {}),
      ["project_…", server.projectId],
      ["cmk_…", server.managementSecret],
      ["<project id>", server.projectId],
      ...ADDRESSES.map((address) => [address, server.publicUrl] as const),
    ];
  }

  static async start(file: string): Promise<PageRun> {
    const page = pageOf(file);
    const server = await startLiveServer(page.settings);
    const home = mkdtempSync(path.join(tmpdir(), "countersign-page-"));
    const folder = path.join(home, "reader");
    mkdirSync(folder);
    for (const name of page.links ?? []) symlinkSync(path.resolve(name), path.join(folder, name));
    const run = new PageRun(server, folder, new Shell(home, folder), page);
    for (const [command, port] of Object.entries(page.servers ?? {})) {
      const free = await freePort();
      run.#ports.set(port, free);
      run.#servers.set(run.onFreePorts(command), free);
    }
    await page.before?.(run);
    return run;
  }

  async stop(): Promise<void> {
    this.shell.stop();
    await this.server.stop();
    rmSync(path.dirname(this.folder), { recursive: true });
  }

  /** Runs a block. It fails where a reader would not see what the page says. */
  async run({ language, code }: Block): Promise<void> {
    const filled = await this.#fill(code);
    await (language === "graphql" ? this.#send(filled) : this.#execute(filled));
  }

  /** Sends an operation of the operator, as the explorer does, and learns its answer. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller reads the fields that it selected
  readonly ask = async (query: string, variables: object = {}): Promise<any> => {
    const data = await this.server.operator.request(query, variables);
    this.known.learnFrom(JSON.stringify(data));
    return data;
  };

  async #fill(code: string): Promise<string> {
    let text = code;
    for (const [from, value] of this.#replacements) {
      if (!text.includes(from)) continue;
      text = text.replaceAll(from, typeof value === "string" ? value : await value(this));
    }
    text = this.known.fill(this.onFreePorts(text));
    assertFilled(text);
    return text;
  }

  /** The text with the ports on which the page's programs really listen. */
  onFreePorts(text: string): string {
    return [...this.#ports].reduce(
      (changed, [port, free]) => changed.replace(new RegExp(`\\b${port}\\b`, "g"), String(free)),
      text,
    );
  }

  async #send(code: string) {
    const document = parse(code);
    const refusals: string[] = [];
    const answers: string[] = [];
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const variables = await this.#variablesOf(definition);
      const answer = await this.server.operator.send(code, variables, {}, definition.name?.value);
      refusals.push(...answer.errors.map(({ extensions }) => extensions.code));
      answers.push(answer.body);
      this.known.learnFrom(answer.body);
    }
    judgeRefusals(code, refusals, answers.join("\n"));
  }

  async #variablesOf({ variableDefinitions = [] }: OperationDefinitionNode) {
    const variables: Record<string, unknown> = {};
    for (const { variable, type, defaultValue } of variableDefinitions) {
      const name = variable.name.value;
      const value = await this.#variable(name);
      if (value !== undefined) variables[name] = value;
      else if (type.kind === Kind.NON_NULL_TYPE && !defaultValue) {
        throw new Error(
          `Nothing fills $${name}. Let an earlier block of the page select it, or say in test/docs/pages.ts what it is.`,
        );
      }
    }
    return variables;
  }

  async #variable(name: string): Promise<unknown> {
    const value = this.page.variables?.[name];
    return typeof value === "function" ? value(this) : (value ?? this.known.get(name));
  }

  async #execute(code: string) {
    const environment = await this.#environment(code);
    const run = await this.shell.run(withoutElsewhere(code), environment, this.#servers);
    this.known.learnFrom(run.output);
    if (run.code === NOT_FOUND && process.env["CI"] !== "true") {
      process.stderr.write(`Left out: a block of a page: ${run.errors}`);
      return;
    }
    judge(code, run);
  }

  /** The variables that the code reads. It may have set them itself. */
  async #environment(code: string) {
    const { publicUrl, projectId, managementSecret, issuer } = this.server;
    const variables: Record<string, Value> = {
      COUNTERSIGN_URL: publicUrl,
      COUNTERSIGN_PROJECT_ID: projectId,
      COUNTERSIGN_SECRET: managementSecret,
      ISSUER: issuer,
      CLIENT_ID: ({ known }) => known.text("clientId"),
      CLIENT_SECRET: ({ known }) => known.text("clientSecret"),
      ...this.page.environment,
    };
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(variables)) {
      if (!new RegExp(`\\$\\{?${name}\\b`).test(code)) continue;
      environment[name] = typeof value === "string" ? value : await value(this);
    }
    return environment;
  }
}
