import { type HttpRequest, headerOf, type NodeHeaders } from "../http/http-request.js";

/** A request of Fetch, as GraphQL Yoga gives it to its context. */
export interface FetchRequest {
  method: string;
  url: string;
  headers: { get(name: string): string | null };
}

/** A request of Node.js, Express or Fastify, as Apollo Server gives it to its context. */
export interface NodeRequest extends NodeHeaders {
  method?: string | undefined;
  /** Absent from no request that a server has received. */
  url?: string | undefined;
  /** Of Express and Fastify, whose routers may change `url`. */
  originalUrl?: string;
  /** Of Express and Fastify, which know the proxies that are trusted. */
  protocol?: string;
  /** Of Fastify: the request of Node.js below it. */
  raw?: Pick<NodeHeaders, "rawHeaders">;
  /** Of Fastify, as `protocol`. */
  host?: string;
  socket: { encrypted?: boolean; remoteAddress?: string | undefined };
}

export type GraphQLRequest = FetchRequest | NodeRequest;

/** Behind a proxy, `publicUrl` tells where the request was sent to. */
export function httpRequest(
  request: GraphQLRequest,
  clientCertificate: Uint8Array | string | undefined,
): HttpRequest {
  const { method = "GET" } = request;
  if (isFetchRequest(request)) {
    const { origin, pathname, search } = new URL(request.url);
    const header = (name: string) => request.headers.get(name) ?? undefined;
    const target = pathname + search;
    return { identity: request, method, origin, target, header, clientCertificate };
  }
  const { protocol = request.socket.encrypted ? "https" : "http" } = request;
  const { headers, raw } = request;
  const rawHeaders = request.rawHeaders ?? raw?.rawHeaders ?? [];
  const header = (name: string) => headerOf({ headers, rawHeaders }, name);
  return {
    identity: request,
    method,
    origin: `${protocol}://${raw ? request.host : header("host")}`,
    target: request.originalUrl ?? request.url ?? "/",
    header,
    clientCertificate,
  };
}

function isFetchRequest(request: GraphQLRequest): request is FetchRequest {
  return typeof request.headers["get"] === "function";
}
