import { singleLine } from "../shared/validation.js";

/**
 * Host and path of an issuer, or of the request for one: the host in lower case and without the default port,
 * the path without a slash at its end. Issuers that differ in that slash alone are at the same location.
 */
export function issuerLocation(issuer: string): string | null {
  if (!URL.canParse(issuer)) return null;
  const { host, pathname } = new URL(issuer);
  return host + pathname.replace(/\/$/, "");
}

/** @param hostHeader Host header of a request; a dot at the end of the name makes no difference */
export function requestLocation(hostHeader: string, path: string): string {
  return hostHeader.toLowerCase().replace(/\.?(?::443)?$/, "") + path;
}

/** Whether two issuers are the same but for a slash at their end. */
export function isSameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, "") === other.replace(/\/$/, "");
}

/** Issuers can have this many path segments, such as two in `https://example.com/oauth2/default`. */
export const MAX_ISSUER_PATH_SEGMENTS = 3;
const PATH = new RegExp(`^(?:/[\\w.~-]+){0,${MAX_ISSUER_PATH_SEGMENTS}}/?$`);

/** Names that this server's own paths begin with. */
const RESERVED =
  /^\/(?:\.well-known|api|console|graphql|healthz|oauth|readyz|schema[^/]*|v1)(?:\/|$)/;

/** An issuer as in RFC 8414 section 2: https, without query and fragment. */
export const issuerUrl = singleLine(1, 255)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, origin, pathname } = new URL(text);
    const isLocal = protocol === "http:" && hostname === "localhost";
    const isNormalized = [origin, origin + pathname].includes(text);
    return (protocol === "https:" || isLocal) && isNormalized && PATH.test(pathname);
  }, `Must be https://, a lower-case host and at most ${MAX_ISSUER_PATH_SEGMENTS} path segments from A-Z a-z 0-9 - . _ ~`)
  .refine(
    (text) => !URL.canParse(text) || !RESERVED.test(new URL(text).pathname),
    "Must not begin with a path of this server's own, such as /graphql",
  );
