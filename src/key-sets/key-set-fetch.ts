import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { isAllowedAddress, keySetUrlProblem } from "./key-set-url.js";

const MAX_BODY_BYTES = 1024 * 1024;

export interface KeySetFetchOptions {
  allowInsecure: boolean;
  /** Ends the fetch as a whole, whatever it is doing. */
  signal: AbortSignal;
  resolve?: typeof dns.lookup;
}

export interface FetchedKeySet {
  keySet: { keys: readonly object[] };
  /** As Cache-Control says; null where it says nothing. */
  maxAgeSeconds: number | null;
}

/**
 * Fetches a key set without being led elsewhere: it connects to the very addresses that it has
 * checked, follows no redirect, and reads a bounded body.
 */
export async function fetchKeySet(
  href: string,
  options: KeySetFetchOptions,
): Promise<FetchedKeySet> {
  const { allowInsecure, signal, resolve = dns.lookup } = options;
  // A host that is an address is never looked up.
  const problem = keySetUrlProblem(href, allowInsecure);
  if (problem) throw new Error(problem);
  const url = new URL(href);
  const client = url.protocol === "https:" ? https : http;
  const response = await new Promise<http.IncomingMessage>((answered, failed) => {
    client
      .get(url, {
        agent: false,
        lookup: allowedAddresses(resolve, allowInsecure),
        signal,
        headers: { accept: "application/json, application/jwk-set+json" },
      })
      .once("response", answered)
      .once("error", failed);
  });
  try {
    if (response.statusCode !== 200) throw new Error("the answer is not 200");
    return {
      keySet: parseKeySet(await readBody(response)),
      maxAgeSeconds: parseMaxAge(response.headers["cache-control"]),
    };
  } finally {
    response.destroy();
  }
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseKeySet(body: string): FetchedKeySet["keySet"] {
  const parsed = JSON.parse(body) as { keys?: unknown } | null;
  const keys = parsed?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => key !== null && typeof key === "object")) {
    throw new Error("the answer is no key set");
  }
  return { keys: keys as object[] };
}

/** RFC 9111 section 5.2.2. */
function parseMaxAge(cacheControl: string | undefined): number | null {
  if (/\bno-(?:store|cache)\b/i.test(cacheControl ?? "")) return 0;
  const seconds = /\bmax-age="?(\d{1,9})/i.exec(cacheControl ?? "")?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** A name is refused when any of its addresses is: nobody honest publishes a mixture. */
function allowedAddresses(resolve: typeof dns.lookup, allowInsecure: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) callback(error ?? new Error("the host has no address"), "");
      else if (!addresses.every(({ address }) => isAllowedAddress(address, allowInsecure))) {
        callback(new Error("the host's address is not public"), "");
      } else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
