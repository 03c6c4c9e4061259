import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** One request and its answer, as they went over the wire. */
export interface Exchange {
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  requestBody: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Tells of each exchange of a server, without taking part in it. */
export function observeTraffic(server: Server, observer: (exchange: Exchange) => void): void {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "" } = request;
    const requestHeaders = textHeaders(request.headers);
    const requestBody = chunksOf(request);
    const body = writtenTo(response);
    const headers = headersOf(response);
    response.once("finish", () => {
      observer({
        method,
        url,
        requestHeaders,
        requestBody: Buffer.concat(requestBody).toString(),
        status: response.statusCode,
        headers: { ...textHeaders(response.getHeaders()), ...headers() },
        body: Buffer.concat(body).toString(),
      });
    });
  });
}

/** A listener of `data` would make the stream flow before its reader is there. */
function chunksOf(request: IncomingMessage): Buffer[] {
  const chunks: Buffer[] = [];
  const emit = request.emit.bind(request) as (
    name: string | symbol,
    ...values: unknown[]
  ) => boolean;
  request.emit = (name: string | symbol, ...values: unknown[]) => {
    if (name === "data") chunks.push(Buffer.from(values[0] as Uint8Array));
    return emit(name, ...values);
  };
  return chunks;
}

function writtenTo(response: ServerResponse): Buffer[] {
  const chunks: Buffer[] = [];
  for (const name of ["write", "end"] as const) {
    const original = response[name].bind(response) as (...values: unknown[]) => never;
    response[name] = (...values: unknown[]) => {
      const [chunk] = values;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
      return original(...values);
    };
  }
  return chunks;
}

/** Fastify passes all headers to `writeHead`, which does not keep them. */
function headersOf(response: ServerResponse): () => Record<string, string> {
  let written: Record<string, string> = {};
  const original = response.writeHead.bind(response) as (...values: unknown[]) => ServerResponse;
  response.writeHead = (...values: unknown[]) => {
    const last = values.at(-1);
    if (last !== null && typeof last === "object") written = textHeaders({ ...last });
    return original(...values);
  };
  return () => written;
}

function textHeaders(headers: NodeJS.Dict<number | string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
