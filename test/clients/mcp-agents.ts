import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Command } from "../support/programs.js";

/** What an agent needs to call a tool of an MCP server. */
export interface Agent {
  serverUrl: string;
  expectedIssuer: string;
  clientId: string;
  clientSecret?: string;
  /** Of ES256, in PEM. */
  privateKey?: string;
}

export interface ToolAnswer {
  text?: string;
  /** What the SDK throws. */
  error?: { name: string; code?: string | number; message: string };
}

/** A program over an MCP SDK, which calls tools for agents. */
export function startAgents([file = "", ...args]: Command) {
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    call: async (agent: Agent, tool: string, values: object = {}): Promise<ToolAnswer> => {
      child.stdin.write(`${JSON.stringify({ ...agent, tool, arguments: values })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${args.join(" ")} has ended`);
      return JSON.parse(value);
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.kill()) await once(child, "exit");
    },
  };
}
