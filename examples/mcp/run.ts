// `npm start`: starts Countersign and the MCP server, and shows what happens when agents call tools.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Operator } from "./operator.ts";

const folder = import.meta.dirname;
const temporary = mkdtempSync(path.join(tmpdir(), "countersign-mcp-"));
const servers: ChildProcess[] = [];

async function play() {
  tell("Countersign starts.");
  const url = `http://localhost:${await freePort()}`;
  const projectId = "project-example";
  const secret = randomBytes(32).toString("base64url");
  await startServer("../../scripts/start.mjs", `${url}/readyz`, {
    PORT: new URL(url).port,
    DATA_DIR: temporary,
    BOOTSTRAP_PROJECT_ID: projectId,
    BOOTSTRAP_PROJECT_SECRET: secret,
  });
  const operator = new Operator(url, projectId, secret);

  tell("An operator makes the MCP server an API with two scopes, and starts it with its metadata.");
  const serverUrl = `http://localhost:${await freePort()}/mcp`;
  const { apiId, protectedResourceMetadata } = await operator.registerServer(serverUrl);
  const metadataUrl = new URL("/.well-known/oauth-protected-resource/mcp", serverUrl);
  await startServer("server.ts", metadataUrl.href, {
    PROTECTED_RESOURCE_METADATA: JSON.stringify(protectedResourceMetadata),
  });
  const common = { MCP_SERVER_URL: serverUrl, ISSUER: `${url}/projects/${projectId}` };

  tell("Agent 1 has a secret and the scope orders:read.");
  const reader = await operator.registerAgent("Reports");
  const grantOfReader = await operator.grant(apiId, reader.clientId, ["orders:read"]);
  const asReader = { ...common, CLIENT_ID: reader.clientId, CLIENT_SECRET: reader.clientSecret };
  await runAgent(["agent-with-secret.ts", "read_orders"], asReader);
  tell("It cannot refund: its SDK asks for the scopes that the 403 names, and may not have them.");
  await runAgent(["agent-with-secret.ts", "refund_order", "1001"], asReader, 1);

  tell("Agent 2 has a private key and both scopes. Its SDK asks for them when the 403 names them.");
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyFile = path.join(temporary, "agent.pem");
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const publicKeyPem = String(publicKey.export({ type: "spki", format: "pem" }));
  const refunder = await operator.registerAgentWithKey("Refunds", publicKeyPem);
  await operator.grant(apiId, refunder.clientId, ["orders:read", "orders:refund"]);
  const asRefunder = { ...common, CLIENT_ID: refunder.clientId, PRIVATE_KEY_FILE: keyFile };
  await runAgent(["agent-with-key.ts", "refund_order", "1001"], asRefunder);

  tell("The operator grants agent 1 the second scope, and the same call works.");
  await operator.changeGrant(grantOfReader, ["orders:read", "orders:refund"]);
  await runAgent(["agent-with-secret.ts", "refund_order", "1002"], asReader);

  if ((await run("python3", ["-c", "from mcp import Client"], {}, "ignore")) !== 0) {
    tell(
      "Left out: the agent in Python, which needs `pip install -r examples/mcp/requirements.txt`.",
    );
    return;
  }
  tell("The agent in Python does the same, here with the key of agent 2.");
  await runAgent(["agent.py", "refund_order", "1002"], asRefunder);
}

/** Starts a server, and waits until it answers. */
async function startServer(file: string, url: string, settings: Record<string, string>) {
  const env = { PATH: process.env.PATH, ...settings };
  // The log of Countersign is no part of the story.
  const stdio = file === "server.ts" ? "inherit" : "pipe";
  const server = spawn(process.execPath, [file], { cwd: folder, env, stdio });
  servers.push(server);
  let output = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  while (!(await fetch(url).catch(() => null))) {
    if (server.exitCode !== null) throw new Error(`${file} has ended:\n${output}`);
    await delay(50);
  }
}

/** Runs an agent, which prints what it gets. */
async function runAgent(command: string[], settings: Record<string, string>, expectedCode = 0) {
  const program = command[0] === "agent.py" ? "python3" : process.execPath;
  const code = await run(program, command, settings);
  if (code !== expectedCode) throw new Error(`${command.join(" ")} ended with ${code}`);
}

/** @returns the exit code; null if the program is not installed */
async function run(
  program: string,
  args: string[],
  settings = {},
  stdio: StdioOptions = "inherit",
) {
  const env = { ...process.env, ...settings };
  const child = spawn(program, args, { cwd: folder, env, stdio });
  return new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function tell(sentence: string) {
  console.log(`\n${sentence}`);
}

try {
  await play();
} finally {
  for (const server of servers) {
    if (server.kill()) await once(server, "exit");
  }
  rmSync(temporary, { recursive: true, force: true });
}
