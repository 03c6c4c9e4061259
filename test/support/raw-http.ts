import { connect } from "node:net";

export interface RawAnswer {
  /** Null: the server closed the connection without an answer. */
  status: number | null;
  /** All that came, head included. */
  text: string;
  body: string;
}

/** A request as it is on the wire. */
export interface RawRequest {
  bytes: string | Buffer;
  /** Whether the request may lack its end. The server is then told that nothing more comes. */
  isCutOff?: boolean;
}

/** Sends bytes, which need not be HTTP, on a connection of their own, and reads until the server closes it. */
export function exchange(url: string, { bytes, isCutOff }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("end", () => socket.end());
    // The server may refuse a request before it has read all of it, and reset the connection.
    socket.on("error", () => {});
    socket.once("close", () => resolve(parse(Buffer.concat(chunks).toString())));
    socket.write(bytes);
    if (isCutOff) socket.end();
  });
}

function parse(text: string): RawAnswer {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  const bodyStart = text.indexOf("\r\n\r\n");
  return {
    status: status === undefined ? null : Number(status),
    text,
    body: bodyStart < 0 ? "" : text.slice(bodyStart + 4),
  };
}

/** A well-formed request, unless a header or the target is not. */
export function requestBytes(
  method: string,
  target: string,
  headers: readonly (readonly [string, string])[],
  body: string | Buffer = "",
): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}
