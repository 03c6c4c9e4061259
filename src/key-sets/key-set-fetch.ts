import dns from "node:dns";
import type { AgentOptions, IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { SpanKind } from "@opentelemetry/api";
import ipaddr from "ipaddr.js";
import { InternalError } from "../shared/internal-error.js";
import { http, https } from "../shared/node-http.js";
import { inSpan } from "../shared/tracing.js";
import { VERSION } from "../shared/version.js";
import type { Endpoint } from "./allowed-hosts.js";
import { type FetchedKeySet, readKeySet } from "./key-set-response.js";
import { KeySetUnavailable, toKeySetUnavailable } from "./key-set-unavailable.js";
import {
  endpointOf,
  isAllowedAddress,
  type KeySetPolicy,
  keySetUrlProblem,
  NOT_PUBLIC,
} from "./key-set-url.js";
import type { ProxyEnvironment } from "./proxy-environment.js";

const TIMEOUT_MS = 5_000;
const HEADERS = {
  accept: "application/jwk-set+json, application/json, */*;q=0.5",
  // RFC 9110 section 10.1.5; some firewalls refuse requests without it.
  "user-agent": `countersign/${VERSION}`,
};

export interface KeySetFetchOptions {
  policy: KeySetPolicy;
  /** Absent: connects directly. */
  proxyEnvironment?: ProxyEnvironment | undefined;
  resolve?: typeof dns.lookup;
  /** Of the whole fetch. */
  timeoutMs?: number;
}

/**
 * Fetches a JWK Set.
 * @throws KeySetUnavailable
 */
export async function fetchKeySet(
  href: string,
  options: KeySetFetchOptions,
): Promise<FetchedKeySet> {
  // Without the URL, whose query may have a secret.
  const attributes = { "http.request.method": "GET", "server.address": URL.parse(href)?.hostname };
  const fetched = inSpan(
    "fetch key set",
    attributes,
    () => fetchChecked(href, options, readKeySet),
    SpanKind.CLIENT,
  );
  return fetched.catch((error: unknown) => {
    if (error instanceof KeySetUnavailable) throw error;
    const hasProxy = options.proxyEnvironment !== undefined;
    throw toKeySetUnavailable(error, endpointOf(new URL(href)), hasProxy);
  });
}

/**
 * Fetches without server-side request forgery: it connects only to addresses that it has checked, and follows no
 * redirect.
 * @param read reads the response, and limits the size of its body
 * @throws KeySetUnavailable for a URL that is not allowed; errors of the connection; what `read` throws
 */
export async function fetchChecked<Value>(
  href: string,
  options: KeySetFetchOptions,
  read: (response: IncomingMessage) => Promise<Value>,
): Promise<Value> {
  // Node.js does not call `lookup` for a host that is an address, so the URL is checked here.
  const problem = keySetUrlProblem(href, options.policy);
  if (problem) throw new KeySetUnavailable(`The key set's URL ${problem}`);
  const url = new URL(href);
  const endpoint = endpointOf(url);
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    const resolution = await resolveHost(endpoint, options, signal);
    const response = await get(url, resolution, options, signal);
    try {
      return await read(response);
    } finally {
      response.destroy();
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** What a host name resolves to. All its addresses are allowed; it has none if there is an error. */
interface Resolution {
  addresses: dns.LookupAddress[];
  error: Error | null;
}

/**
 * Refuses a host name if any of its addresses is not allowed: no honest host has public and private ones.
 * @throws KeySetUnavailable, and the signal's reason
 */
async function resolveHost(
  endpoint: Endpoint,
  { policy, resolve = dns.lookup }: KeySetFetchOptions,
  signal: AbortSignal,
): Promise<Resolution> {
  const resolution = await new Promise<Resolution>((onResolved, onTimeout) => {
    signal.addEventListener("abort", () => onTimeout(signal.reason), { once: true });
    resolve(endpoint.hostname, { all: true }, (error, addresses) => {
      onResolved(error ? { addresses: [], error } : { addresses, error: null });
    });
  });
  const { addresses, error } = resolution;
  const refused = addresses.find(({ address }) => !isAllowedAddress(address, endpoint, policy));
  if (refused) {
    throw new KeySetUnavailable(`The key set's URL ${NOT_PUBLIC}`, {
      cause: new InternalError(`${endpoint.hostname} resolves to ${refused.address}`),
    });
  }
  const noAddress = Object.assign(new Error("no address"), { code: "ENOTFOUND" });
  return addresses.length > 0 || error ? resolution : { addresses, error: noAddress };
}

/** Connects to an address of the resolution, or to the proxy. */
function get(
  url: URL,
  { addresses, error }: Resolution,
  { proxyEnvironment, timeoutMs = TIMEOUT_MS }: KeySetFetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (!first) callback(error, "");
    else if (all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
  const client = url.protocol === "https:" ? https : http;
  const isLoopback =
    addresses.length > 0 &&
    addresses.every(({ address }) => ipaddr.process(address).range() === "loopback");
  // No proxy reaches this machine's own services by its loopback addresses.
  const proxyEnv = isLoopback ? undefined : proxyEnvironment;
  // A proxied request does not call `lookup`: the proxy resolves the name itself.
  const agent = proxyEnv ? new client.Agent({ proxyEnv } as AgentOptions) : false;
  return new Promise((onResponse, onError) => {
    client
      .get(url, { agent, lookup, signal, timeout: timeoutMs, headers: HEADERS })
      .on("response", onResponse)
      .on("error", onError);
  });
}
