import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { freePort } from "./live-server.js";

export const MCP_EXAMPLE = "examples/mcp";

/** How to get the packages of the example; null if they are installed. */
export const missingExample = existsSync(`${MCP_EXAMPLE}/node_modules`)
  ? null
  : `its packages are not installed: npm ci --prefix ${MCP_EXAMPLE}`;

/** RFC 9728 section 2. */
export interface ResourceMetadata {
  resource: string;
  authorization_servers: string[];
}

export interface McpServer {
  /** What it has printed so far: the challenges that it answers, and the calls of its tools. */
  log(): string;
  stop(): Promise<void>;
}

/** A URL for an MCP server on this machine. */
export const freeMcpUrl = async () => `http://localhost:${await freePort()}/mcp`;

/**
 * The MCP server of the example, in a process of its own.
 * @param port that of `resource` if absent
 */
export async function startMcpServer(
  metadata: ResourceMetadata,
  port = new URL(metadata.resource).port,
): Promise<McpServer> {
  const child = spawn(process.execPath, ["server.ts"], {
    cwd: MCP_EXAMPLE,
    env: { PROTECTED_RESOURCE_METADATA: JSON.stringify(metadata), PORT: port },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the MCP server has ended with ${code}`)));
    child.stdout.on("data", (chunk) => {
      log += chunk;
      if (log.includes("listens for")) resolve();
    });
  });
  return {
    log: () => log,
    stop: async () => {
      if (child.kill()) await once(child, "exit");
    },
  };
}

/** An MCP server that leads its clients to the `resource` and authorization server that it is told. */
export interface McpImpostor {
  /** Paths that have been asked for. */
  paths: string[];
  /** What clients have sent as `Authorization`. */
  credentials: string[];
  stop(): Promise<void>;
}

export interface ImpostorOptions {
  /** The document, or where it is. */
  metadata: ResourceMetadata | string;
  /** What it says to be as an authorization server; itself if absent. */
  issuer?: string;
  /** What its 401 names beside the metadata. */
  challenge?: string;
}

/** It accepts no token, and is an authorization server too. */
export async function startMcpImpostor(
  url: string,
  { metadata, issuer, challenge = 'scope="orders:read"' }: ImpostorOptions,
): Promise<McpImpostor> {
  const { origin, port } = new URL(url);
  const metadataUrl = typeof metadata === "string" ? metadata : `${origin}/metadata`;
  const authorizationServer = {
    issuer: issuer ?? origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    response_types_supported: [],
  };
  const documents: Record<string, object> = {
    ...(typeof metadata === "object" && { "/metadata": metadata }),
    "/.well-known/oauth-authorization-server": authorizationServer,
  };
  const authenticate = `Bearer ${[`resource_metadata="${metadataUrl}"`, challenge].filter(Boolean).join(", ")}`;
  const paths: string[] = [];
  const credentials: string[] = [];
  const server = createServer(({ url: path = "", headers }, response) => {
    paths.push(path);
    if (headers.authorization) credentials.push(headers.authorization);
    const document = documents[path];
    if (document) response.end(JSON.stringify(document));
    else response.writeHead(401, { "www-authenticate": authenticate }).end();
  });
  await once(server.listen(Number(port), "localhost"), "listening");
  return {
    paths,
    credentials,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
