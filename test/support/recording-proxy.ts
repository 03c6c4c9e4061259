import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface RecordedRequest {
  method: string;
  /** Path and query string. */
  url: string;
  body: string;
}

export interface RecordingProxy {
  url: string;
  requests: RecordedRequest[];
  stop(): Promise<void>;
}

/** Passes requests on to a server, and keeps what client libraries send. */
export async function startRecordingProxy(targetUrl: string): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  const proxy = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const forward = async () => {
      const body = await text(request);
      requests.push({ method, url, body });
      const { authorization, accept } = headers;
      const answer = await fetch(`${targetUrl}${url}`, {
        method,
        headers: {
          ...(authorization && { authorization }),
          ...(accept && { accept }),
          ...(headers["content-type"] && { "content-type": headers["content-type"] }),
        },
        ...(body !== "" && { body }),
      });
      const type = answer.headers.get("content-type") ?? "text/plain";
      response.writeHead(answer.status, { "content-type": type }).end(await answer.text());
    };
    forward().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
