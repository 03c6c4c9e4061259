import type { FastifyRequest } from "fastify";

/** The request that a gateway holds while it asks about it. */
export interface OriginalRequest {
  method: string;
  /** As its sender sees it. */
  url: string;
}

/** Whether a trusted proxy sent the request and says for whom: that is how Fastify tells them from other peers. */
export function isFromTrustedProxy({ ips = [] }: FastifyRequest): boolean {
  return ips.length > 1;
}

/**
 * The origin that a trusted proxy says the request was sent to; null without such a proxy, which sends
 * X-Forwarded-For as well.
 */
export function forwardedOrigin(request: FastifyRequest): string | null {
  const { headers, protocol, host } = request;
  return isFromTrustedProxy(request) && headers["x-forwarded-host"] !== undefined
    ? `${protocol}://${host}`
    : null;
}

/** The request that a trusted proxy asks about, by X-Forwarded-Method, -Proto, -Host and -Uri; null without them. */
export function originalRequest(request: FastifyRequest): OriginalRequest | null {
  const origin = forwardedOrigin(request);
  const { "x-forwarded-method": method, "x-forwarded-uri": uri } = request.headers;
  if (origin === null || typeof method !== "string" || typeof uri !== "string") return null;
  return method !== "" && uri.startsWith("/") ? { method, url: origin + uri } : null;
}
