import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { isAllowedAddress, keySetUrlProblem } from "./key-set-url.js";

const MAX_BODY_BYTES = 256 * 1024;

export interface KeySetFetchOptions {
  allowInsecure: boolean;
  /** Aborts the fetch in any of its phases. */
  signal: AbortSignal;
  resolve?: typeof dns.lookup;
}

export interface FetchedKeySet {
  keySet: { keys: readonly object[] };
  /** Lifetime from Cache-Control; null if it gives none. */
  maxAgeSeconds: number | null;
}

/**
 * Fetches a JWK Set without server-side request forgery: it connects only to addresses that it has checked,
 * follows no redirect, and limits the size of the body.
 */
export async function fetchKeySet(
  href: string,
  options: KeySetFetchOptions,
): Promise<FetchedKeySet> {
  const { allowInsecure, signal, resolve = dns.lookup } = options;
  // Node.js does not call `lookup` for a host that is an address, so the URL is checked here.
  const problem = keySetUrlProblem(href, allowInsecure);
  if (problem) throw new Error(problem);
  const url = new URL(href);
  const client = url.protocol === "https:" ? https : http;
  const response = await new Promise<http.IncomingMessage>((onResponse, onError) => {
    client
      .get(url, {
        agent: false,
        lookup: allowedAddresses(resolve, allowInsecure),
        signal,
        headers: { accept: "application/json, application/jwk-set+json" },
      })
      .once("response", onResponse)
      .once("error", onError);
  });
  try {
    if (response.statusCode !== 200) throw new Error("the status of the response is not 200");
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
    if (size > MAX_BODY_BYTES) throw new Error("the response is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseKeySet(body: string): FetchedKeySet["keySet"] {
  const parsed = JSON.parse(body) as { keys?: unknown } | null;
  const keys = parsed?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => key !== null && typeof key === "object")) {
    throw new Error("the response is not a JWK Set");
  }
  return { keys: keys as object[] };
}

/** RFC 9111 section 5.2.2. */
function parseMaxAge(cacheControl: string | undefined): number | null {
  if (/\bno-(?:store|cache)\b/i.test(cacheControl ?? "")) return 0;
  const seconds = /\bmax-age="?(\d{1,9})/i.exec(cacheControl ?? "")?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** Refuses a host name if any of its addresses is not allowed: no honest host has public and private ones. */
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
