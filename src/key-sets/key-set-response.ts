import type { IncomingMessage } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { InternalError } from "../shared/internal-error.js";
import { KeySetUnavailable } from "./key-set-unavailable.js";

const MAX_BODY_BYTES = 256 * 1024;

export interface FetchedKeySet {
  keySet: { keys: readonly object[] };
  /** Remaining lifetime from Cache-Control; null if it gives none. */
  maxAgeSeconds: number | null;
  /** What the server's clock shows, by the headers Date and Age; null if it says nothing. */
  date: Date | null;
}

/** Reads a JWK Set, whatever its media type says. @throws KeySetUnavailable, and errors of the connection */
export async function readKeySet(response: IncomingMessage): Promise<FetchedKeySet> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400) {
    const message = `The key set's URL redirects (status ${statusCode}): give the URL that it leads to`;
    throw new KeySetUnavailable(message, { cause: redirectTarget(headers.location) });
  }
  if (statusCode !== 200) {
    throw new KeySetUnavailable(`The key set's server answers with status ${statusCode}`);
  }
  const body = await readBody(decode(response));
  return { keySet: parseKeySet(body), maxAgeSeconds: parseMaxAge(headers), date: dateOf(headers) };
}

function redirectTarget(location = ""): InternalError {
  const target = URL.canParse(location) ? new URL(location) : null;
  return new InternalError(`redirects to ${target ? target.origin : "a path or nothing"}`);
}

/** RFC 9110 section 8.4. Some servers and gateways compress without having been asked. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export function decode(response: IncomingMessage): Readable {
  const encoding = (response.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return response;
  const createDecoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!createDecoder) {
    throw new KeySetUnavailable(
      "The key set's server encodes its answer, though not as gzip, deflate or br",
    );
  }
  // The reader of the decoded body receives the errors.
  return pipeline(response, createDecoder(), () => {});
}

export async function readBody(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new KeySetUnavailable(`The key set is longer than ${MAX_BODY_BYTES / 1024} KiB`);
    }
    chunks.push(chunk);
  }
  // Drops a byte order mark.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parseKeySet(body: string): FetchedKeySet["keySet"] {
  const parsed = parseJson(body);
  const { keys, jwks_uri: jwksUri, kty } = Object(parsed) as Record<string, unknown>;
  if (Array.isArray(keys) && keys.every((key) => key !== null && typeof key === "object")) {
    return { keys: keys as object[] };
  }
  if (jwksUri !== undefined) {
    throw new KeySetUnavailable(
      "The key set's URL is that of the issuer's metadata: give the URL in its jwks_uri",
    );
  }
  const found = kty === undefined ? "JSON" : "a single JWK";
  throw new KeySetUnavailable(
    `The answer at the key set's URL is ${found}, but not a JWK Set: an object whose keys is a list of JWKs`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new KeySetUnavailable("The answer at the key set's URL is not JSON");
  }
}

/** RFC 9111 sections 5.2.2 and 5.1: a cache on the way has used up part of the lifetime. */
function parseMaxAge(headers: IncomingMessage["headers"]): number | null {
  const cacheControl = headers["cache-control"] ?? "";
  if (/\bno-(?:store|cache)\b/i.test(cacheControl)) return 0;
  const seconds = /(?<![\w-])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1];
  if (seconds === undefined) return null;
  return Math.max(0, Number(seconds) - ageOf(headers));
}

const ageOf = ({ age = "" }: IncomingMessage["headers"]) =>
  /^\d{1,9}$/.test(age) ? Number(age) : 0;

/** RFC 9110 section 6.6.1. */
function dateOf(headers: IncomingMessage["headers"]): Date | null {
  const milliseconds = Date.parse(headers.date ?? "");
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds + ageOf(headers) * 1000);
}
