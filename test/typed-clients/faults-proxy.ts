import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { basicAuthorization } from "../support/graphql-client.js";
import { createKey } from "../support/operations.js";
import type { TestServer } from "../support/test-server.js";

export type Fault = "newer" | "forbidden" | "bad-request" | "rate-limited" | "unavailable";

/** A status that no client knows. */
const NEWER_STATUS = "SUSPENDED";

const ANSWERED_HEADERS = ["content-type", "retry-after"];

interface GraphqlRequest {
  authorization: string;
  /** Clients ask for `application/graphql-response+json` in different ways. */
  accept: string;
  body: string;
}

export interface FaultsProxy {
  /** `/<fault>/graphql` follows. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Stands before a server and makes each fault happen there, so that answers are the server's own: it calls with
 * a key that lacks a permission, with a wrong secret, with an operation of another schema, or while the database does not answer.
 * Only the enum value of a newer server is put into the answer.
 */
export async function startFaultsProxy(server: TestServer): Promise<FaultsProxy> {
  const { secret: readsClientsOnly } = await createKey(server.operator, ["clients:read"]);
  const send = async ({ authorization, accept, body }: GraphqlRequest) => {
    const headers = { authorization, accept, "content-type": "application/json" };
    return fetch(`${server.url}/graphql`, { method: "POST", headers, body });
  };
  const as = (secret: string) => basicAuthorization(server.projectId, secret);

  const faults: Record<Fault, (request: GraphqlRequest) => Promise<Response>> = {
    newer: async (request) => {
      const answer = await send(request);
      const newer = (await answer.text()).replaceAll('"ACTIVE"', `"${NEWER_STATUS}"`);
      return new Response(newer, answer);
    },
    forbidden: (request) => send({ ...request, authorization: as(readsClientsOnly) }),
    "bad-request": (request) => {
      const query = "query GetClient { clientOfAnotherVersion { id } }";
      return send({ ...request, body: JSON.stringify({ query }) });
    },
    "rate-limited": async (request) => {
      const guess = { ...request, authorization: as("wrong") };
      let answer: Response;
      do answer = await send(guess);
      while (answer.status !== 429);
      return answer;
    },
    unavailable: async (request) => {
      const { unitOfWork } = server.services;
      Object.defineProperty(unitOfWork, "read", { configurable: true, get: throwBusy });
      return send(request).finally(() => {
        Reflect.deleteProperty(unitOfWork, "read");
      });
    },
  };

  const proxy = createServer((request, response) => {
    const answer = async () => {
      const [, fault] = request.url?.split("/") ?? [];
      const { authorization = "", accept = "*/*" } = request.headers;
      const body = await text(request);
      const answered = await faults[fault as Fault]({ authorization, accept, body });
      const headers = ANSWERED_HEADERS.flatMap((name) => {
        const value = answered.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      response.writeHead(answered.status, Object.fromEntries(headers)).end(await answered.text());
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

/** As a file that another program has locked. */
function throwBusy(): never {
  throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
}
