import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What happens to a request: it never arrives, its answer never does, or a proxy answers with a status of its own. */
export type Fault = "REQUEST_LOST" | "ANSWER_LOST" | number;

export interface LossyProxy {
  url: string;
  /** Of the next request that has this text in its body; each fault happens once. */
  fail(text: string, ...faults: Fault[]): void;
  /** Bodies of the requests that have arrived at the proxy. */
  bodies: string[];
  stop(): Promise<void>;
}

/** Passes requests on to a server, and loses what it is told to lose. */
export async function startLossyProxy(targetUrl: () => string): Promise<LossyProxy> {
  const bodies: string[] = [];
  const planned: { text: string; fault: Fault }[] = [];
  const proxy = createServer((request, response) => {
    const forward = async () => {
      const body = await buffer(request);
      const text = body.toString();
      bodies.push(text);
      const index = planned.findIndex((plan) => text.includes(plan.text));
      const fault = index === -1 ? undefined : planned.splice(index, 1)[0]?.fault;
      if (fault === "REQUEST_LOST") return response.destroy();
      if (typeof fault === "number") return response.writeHead(fault).end("<html>");
      const answer = await fetch(`${targetUrl()}${request.url}`, {
        method: "POST",
        headers: {
          authorization: request.headers.authorization ?? "",
          "content-type": "application/json",
        },
        body,
      });
      const answerText = await answer.text();
      if (fault === "ANSWER_LOST") return response.destroy();
      return response
        .writeHead(answer.status, { "content-type": "application/json" })
        .end(answerText);
    };
    forward().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    fail: (text, ...faults) => planned.push(...faults.map((fault) => ({ text, fault }))),
    bodies,
    stop: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
