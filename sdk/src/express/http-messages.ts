import type { RefusalAnswer } from "../http/authorize.js";
import { type HttpRequest, headerOf, type NodeHeaders } from "../http/http-request.js";

/** What is used of a request of Express 4 and 5. */
export interface ExpressRequest extends NodeHeaders {
  method: string;
  originalUrl: string;
  protocol: string;
  socket: { remoteAddress?: string | undefined };
  app: { get(setting: string): unknown };
}

/** What is used of a response of Express 4 and 5. */
export interface ExpressResponse {
  status(code: number): this;
  set(headers: Record<string, string>): this;
  json(body: unknown): unknown;
  end(): unknown;
}

/** Middleware of Express 4 and 5. */
export type Middleware = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => void;

export function httpRequest(
  request: ExpressRequest,
  clientCertificate: Uint8Array | string | undefined,
): HttpRequest {
  return {
    identity: request,
    method: request.method,
    origin: `${request.protocol}://${hostOf(request)}`,
    target: request.originalUrl,
    header: (name) => headerOf(request, name),
    clientCertificate,
  };
}

/** What `request.host` is in Express 5. In Express 4 it lacks the port. */
function hostOf(request: ExpressRequest): string | undefined {
  const trusts = request.app.get("trust proxy fn") as (address?: string, hop?: number) => boolean;
  const [forwarded] = headerOf(request, "x-forwarded-host")?.split(",") ?? [];
  return forwarded && trusts(request.socket.remoteAddress, 0)
    ? forwarded.trim()
    : headerOf(request, "host");
}

export function sendRefusal(response: ExpressResponse, { status, headers, body }: RefusalAnswer) {
  response.status(status).set(headers).json(body);
}
