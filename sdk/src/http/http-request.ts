/** A request, as the subpath of each framework shows it. */
export interface HttpRequest {
  /** One object for each request, whatever reads it. */
  identity: object;
  /** As the client sent it: HEAD is not GET. */
  method: string;
  /** Scheme and authority as the framework tells them, which alone knows which proxies are trusted. */
  origin: string;
  /** Path and query as the client sent them, also where a router has taken its part of the path away. */
  target: string;
  /** @returns the values of all fields of this name, joined as Fetch's `Headers` joins them */
  header(name: string): string | undefined;
  clientCertificate?: Uint8Array | string | undefined;
}

/** What is read of a request of Node.js. */
export interface NodeHeaders {
  headers: Record<string, string | string[] | undefined>;
  rawHeaders?: readonly string[];
}

/**
 * Node.js keeps the first of several fields `Authorization`, and only `rawHeaders` shows the others. What an
 * application sets in `headers` counts.
 */
export function headerOf({ headers, rawHeaders = [] }: NodeHeaders, name: string) {
  const sent = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1,
  );
  if (sent.length > 1) return sent.join(", ");
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
