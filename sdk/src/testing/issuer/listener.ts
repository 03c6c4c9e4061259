import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { IncomingRequest, OutgoingAnswer } from "./http.js";

const MAX_BODY_BYTES = 1024 * 1024;

/** Serves HTTP on localhost. @returns the server, which listens */
export async function listenOn(
  port: number,
  answer: (request: IncomingRequest) => Promise<OutgoingAnswer | null>,
): Promise<Server> {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    serve(request, response, answer).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "localhost", resolve);
  });
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: IncomingRequest) => Promise<OutgoingAnswer | null>,
): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  );
  const body = await bodyOf(request);
  const sent = await answer({ method, url, host: headers["host"] ?? "", headers, body });
  if (sent === null) {
    request.socket.destroy();
    return;
  }
  response.writeHead(sent.status, sent.headers).end(sent.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > MAX_BODY_BYTES) throw new RangeError("the body is too long");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
