import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface RecordedRequest {
  method: string;
  url: string;
  /** Names as they were sent, and values, one after the other. */
  rawHeaders: string[];
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface Recorder {
  url: URL;
  /** Takes what has come since the last call. */
  take(): RecordedRequest[];
  stop(): Promise<void>;
}

/** An HTTP server that keeps each request, and answers 200 or what `answer` says. */
export async function startRecorder(
  answer: (request: RecordedRequest, response: http.ServerResponse) => void = (
    _request,
    response,
  ) => {
    response.end("the API's answer");
  },
): Promise<Recorder> {
  let requests: RecordedRequest[] = [];
  const server = http.createServer((request, response) => {
    const { method = "", url = "", rawHeaders, headers } = request;
    void text(request).then(
      (body) => {
        const recorded = { method, url, rawHeaders, headers, body };
        requests.push(recorded);
        answer(recorded, response);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    take: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Keeps what comes, and passes it on unchanged. */
export function startRelay(target: () => string): Promise<Recorder> {
  return startRecorder(({ method, url, rawHeaders, body }, response) => {
    const request = http.request(`${target()}${url}`, { method, agent: false });
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? "";
      if (!/^connection$/i.test(name)) request.setHeader(name, rawHeaders[at + 1] ?? "");
    }
    request.once("error", () => response.destroy());
    request.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      answer.pipe(response);
    });
    request.end(body);
  });
}
