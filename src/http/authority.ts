import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { MalformedRequest } from "./request-errors.js";

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)([^#]*)/i;

/**
 * The path and query of a request target. Its authority takes the place of the Host header, which a server must
 * ignore then (RFC 9112 section 3.2.2).
 */
export function toOriginForm(request: Pick<IncomingMessage, "url" | "headers">): string {
  const { url = "/" } = request;
  const absolute = url.startsWith("/") ? null : ABSOLUTE_FORM.exec(url);
  if (!absolute) return url;
  const [, authority = "", path = ""] = absolute;
  request.headers.host = authority;
  return path.startsWith("/") ? path : `/${path}`;
}

/** RFC 3986 section 3.2.2, without the percent-encoding that no host name has in a request. */
const AUTHORITY = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** @param rawHeaders names and values in turn */
function countOfHost(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count;
}

/**
 * Refuses a request whose host is ambiguous (RFC 9112 section 3.2): proxies and servers that read it differently
 * would serve another project. HTTP/1.0 needs no Host header.
 */
export function refuseAmbiguousHost(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const { rawHeaders, httpVersion } = request.raw;
  const count = countOfHost(rawHeaders);
  const isAbsent = count === 0 && request.host === "" && httpVersion === "1.0";
  const isValid = isAbsent || (count <= 1 && AUTHORITY.test(request.host));
  if (!isValid) {
    done(new MalformedRequest("The request must have one valid Host header"));
    return;
  }
  // A proxy may say anything.
  const isHttp = request.protocol === "http" || request.protocol === "https";
  done(isHttp ? undefined : new MalformedRequest("X-Forwarded-Proto must be http or https"));
}
