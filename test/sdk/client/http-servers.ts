import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SeenRequest {
  method: string;
  path: string;
  authorization: string | undefined;
  dpop: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

type Handler = (request: SeenRequest, response: ServerResponse) => void;

export interface HttpServer {
  origin: string;
  requests: SeenRequest[];
  handler: Handler;
  stop(): void;
}

/** A server on loopback, which keeps what it was sent. */
export async function startHttpServer(handler: Handler = (_, to) => to.end("ok")) {
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    const { authorization, dpop } = headers;
    const body = await text(request);
    const seen = { method, path, headers, authorization, dpop: dpop as string | undefined, body };
    result.requests.push(seen);
    result.handler(seen, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const result: HttpServer = {
    origin: `http://127.0.0.1:${port}`,
    requests: [],
    handler,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return result;
}
