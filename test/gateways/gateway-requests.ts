import http from "node:http";
import { text } from "node:stream/consumers";

export interface Answer {
  status: number;
  body: string;
  /** All values of a header, each as it was sent. */
  header(name: string): string[];
}

/** Sends a request whose path and header names stay as they are written. */
export async function sendThrough(
  url: string,
  {
    method = "GET",
    headers = [],
    host,
    body,
    isChunked = false,
    from,
  }: {
    method?: string;
    headers?: readonly (readonly [name: string, value: string])[];
    /** The URL's, if absent. */
    host?: string;
    body?: string;
    /** Whether the body comes without its length. */
    isChunked?: boolean;
    /** The caller's own address. */
    from?: string;
  },
): Promise<Answer> {
  const { hostname, port, host: ownHost, origin } = new URL(url);
  const response = await new Promise<http.IncomingMessage>((answered, failed) => {
    const request = http.request({
      hostname,
      port,
      path: url.slice(origin.length),
      method,
      headers: [
        ...["Host", host ?? ownHost],
        ...headers.flat(),
        ...(body !== undefined && isChunked ? ["Transfer-Encoding", "chunked"] : []),
        ...(body === undefined || isChunked
          ? []
          : ["Content-Length", String(Buffer.byteLength(body))]),
      ],
      agent: false,
      ...(from && { localAddress: from }),
    });
    request.once("response", answered).once("error", failed);
    request.end(body);
  });
  const { rawHeaders } = response;
  return {
    status: response.statusCode ?? 0,
    body: await text(response),
    header: (name) =>
      rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name),
  };
}
