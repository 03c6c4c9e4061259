import http from "node:http";
import type { AddressInfo } from "node:net";

const POLL_MS = 100;

export type Balancer = Awaited<ReturnType<typeof startBalancer>>;

/**
 * A load balancer: polls `/readyz`, keeps connections alive, forwards requests to the ready servers in
 * turn and never retries.
 */
export async function startBalancer(backends: readonly string[]) {
  const ready = new Set<string>();
  const waiting = new Set<() => void>();
  const agent = new http.Agent({ keepAlive: true });
  const poll = (backend: string) => {
    const setReady = (isReady: boolean) => {
      if (isReady) ready.add(backend);
      else ready.delete(backend);
      for (const check of waiting) check();
    };
    http
      .get(`${backend}/readyz`, { agent: false, timeout: 1000 }, (answer) => {
        answer.resume();
        setReady(answer.statusCode === 200);
      })
      .on("error", () => setReady(false));
  };
  const timer = setInterval(() => backends.forEach(poll), POLL_MS);
  let turn = 0;
  const server = http.createServer((request, response) => {
    const choice = [...ready];
    const backend = choice[turn++ % choice.length];
    const fail = (status: number) => response.writeHead(status).end();
    if (!backend) return fail(503);
    const { method, headers } = request;
    const onward = http.request(backend + request.url, { agent, method, headers }, (answer) => {
      const { connection: _, ...others } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, others);
      answer.pipe(response);
    });
    onward.on("error", () => fail(502));
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Waits until exactly so many servers are ready. */
    waitForReady: (count: number) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (ready.size !== count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    stop: async () => {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
