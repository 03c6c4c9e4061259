import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { FastifyPluginAsync, FastifyReply } from "fastify";
import type { ExplorerOptions } from "./explorer.js";
import { sendPage } from "./explorer-page.js";
import { waitingPage } from "./waiting-page.js";

/** Below it are the scripts, styles and workers of the page. */
export const EXPLORER_PATH = "/explorer";

/**
 * Content Security Policy Level 3: this server's own files and nothing else. The editor, Monaco, sets inline styles,
 * and draws the lines under errors as data: images.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const FILE_NAME = /^[\w-]+(?:\.[\w-]+)+$/;

/** Sends the page of GraphiQL, or one that waits for its build. */
export function sendGraphiql({ explorerFolder, allowsHostedSandbox }: ExplorerOptions) {
  return async (_request: unknown, reply: FastifyReply): Promise<FastifyReply> => {
    const page = await readIfThere(path.join(explorerFolder, "index.html"));
    const html =
      page?.replace("<html", `<html data-hosted-sandbox="${allowsHostedSandbox}"`) ??
      waitingPage({ hasFailed: existsSync(path.join(explorerFolder, "../build-problem.txt")) });
    return sendPage(reply, html, CONTENT_SECURITY_POLICY);
  };
}

/** Serves what the page loads. Each name has a hash of its file, which browsers therefore keep. */
export function explorerFiles(explorerFolder: string): FastifyPluginAsync {
  return async (app) => {
    // In production nobody needs it.
    const { default: fastifyStatic } = await import("@fastify/static");
    await app.register(fastifyStatic, { serve: false, preCompressed: true, acceptRanges: false });
    app.get<{ Params: { file: string } }>("/:file", async ({ params: { file } }, reply) => {
      if (!FILE_NAME.test(file)) return reply.callNotFound();
      const folder = path.join(explorerFolder, "files");
      return reply.sendFile(file, folder, { immutable: true, maxAge: "1y" });
    });
  };
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
