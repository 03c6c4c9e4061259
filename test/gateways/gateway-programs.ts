import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { programOnPath } from "../support/program-on-path.js";
import { waitUntil } from "../support/wait-until.js";

/** Where the guide's configuration says that everything is, and where it is in a test. */
export interface Places {
  countersign: URL;
  api: URL;
  projectId: string;
}

export interface Gateway {
  url: string;
  /** Holds all of its files. */
  folder: string;
  log(): string;
  stop(): Promise<void>;
}

export interface GatewayProgram {
  name: string;
  /** What is missing, and how to get it; null: nothing. */
  missing: string | null;
  /** Runs the configuration of docs/gateways.md, in which only hosts, ports and the project id are replaced. */
  start(places: Places, change?: (configuration: string) => string): Promise<Gateway>;
  /** Adds to a configuration in its places what the guide says of MCP servers. */
  protectMcp(configuration: string, places: Places): string;
}

/** The guide's configuration in this language, and what it adds for MCP servers. */
function configurationIn(language: string): { configuration: string; forMcp: string } {
  const [configuration, forMcp, ...others] = blocksOf("docs/gateways.md", language).map(
    ({ code }) => code,
  );
  if (configuration && forMcp && others.length === 0) return { configuration, forMcp };
  throw new Error(`the guide needs two blocks of ${language}`);
}

export function replaceAll(
  text: string,
  replacements: readonly (readonly [string, string])[],
): string {
  return replacements.reduce((replaced, [from, to]) => {
    if (!replaced.includes(from)) throw new Error(`the guide's configuration lacks ${from}`);
    return replaced.replaceAll(from, to);
  }, text);
}

const placed = (configuration: string, { countersign, api, projectId }: Places) =>
  replaceAll(placedApi(configuration, api), [
    ["127.0.0.1:4000", countersign.host],
    ["project-live-0000", projectId],
  ]);

const placedApi = (configuration: string, { host }: URL) =>
  replaceAll(configuration, [["127.0.0.1:8080", host]]);

const nginxProgram = programOnPath("nginx");
const caddyProgram = programOnPath("caddy");

export const nginx: GatewayProgram = {
  name: "nginx",
  missing: nginxProgram ? null : "nginx is missing (apt-get install nginx)",
  start: async (places, change = (configuration) => configuration) => {
    const port = await freePort();
    const server = replaceAll(change(placed(configurationIn("nginx").configuration, places)), [
      ["listen 8000", `listen 127.0.0.1:${port}`],
      ["server_name api.example.com", "server_name 127.0.0.1"],
    ]);
    return runNginx(server, port);
  },
  protectMcp: (configuration, { api }) => {
    const location = placedApi(configurationIn("nginx").forMcp, api);
    return replaceAll(configuration, [["  location / {", `${location}\n  location / {`]]);
  },
};

export const caddy: GatewayProgram = {
  name: "Caddy",
  missing: caddyProgram ? null : "caddy is missing (apt-get install caddy)",
  start: async (places, change = (configuration) => configuration) => {
    const port = await freePort();
    const site = replaceAll(change(placed(configurationIn("caddyfile").configuration, places)), [
      // Without TLS, for which Caddy would ask for a certificate.
      ["api.example.com {", `http://127.0.0.1:${port} {`],
      ["X-Forwarded-Host api.example.com", `X-Forwarded-Host 127.0.0.1:${port}`],
    ]);
    return runCaddy(site, port);
  },
  protectMcp: (configuration, { countersign: { host } }) => {
    const line = `forward_auth ${host} {`;
    const lines = replaceAll(configurationIn("caddyfile").forMcp, [["127.0.0.1:4000", host]]);
    return replaceAll(configuration, [[line, lines.trim()]]);
  },
};

/** Runs nginx with blocks of `server`, one of which listens on the port. */
export async function runNginx(servers: string, port: number): Promise<Gateway> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-nginx-"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const file = path.join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr info;
     events {} http { access_log off; ${temporary.join(" ")}\n${servers} }`,
  );
  return run(nginxProgram ?? "", ["-p", folder, "-c", file, "-e", "stderr"], folder, port);
}

/** Runs Caddy with a site that listens on the port. @param options global ones */
export async function runCaddy(
  site: string,
  port: number,
  options: readonly string[] = [],
): Promise<Gateway> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-caddy-"));
  const file = path.join(folder, "Caddyfile");
  writeFileSync(file, `{\n\t${["admin off", ...options].join("\n\t")}\n}\n${site}`);
  const args = ["run", "--config", file, "--adapter", "caddyfile"];
  return run(caddyProgram ?? "", args, folder, port);
}

/** Starts a gateway in the foreground with all of its files in a folder, and waits until it listens. */
async function run(
  program: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<Gateway> {
  for (const name of ["home", "data", "config"]) mkdirSync(path.join(folder, name));
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      HOME: `${folder}/home`,
      XDG_DATA_HOME: `${folder}/data`,
      XDG_CONFIG_HOME: `${folder}/config`,
    },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log += chunk;
    });
  }
  const exited = once(child, "exit");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await waitUntil(async () => hasEnded() || (await isListening(port)));
  if (hasEnded()) throw new Error(`${program} did not start:\n${log}`);
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    log: () => log,
    stop: () => stop(child, exited, folder),
  };
}

async function stop(child: ChildProcess, exited: Promise<unknown>, folder: string): Promise<void> {
  child.kill("SIGTERM");
  await exited;
  rmSync(folder, { recursive: true, force: true });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
