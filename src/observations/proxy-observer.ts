import ipaddr from "ipaddr.js";
import { LRUCache } from "lru-cache";
import type { ObservationKind } from "./observation.entity.js";
import type { Observations } from "./observations.js";

export interface ProxiedRequest {
  /** Of the connection. */
  peer: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As the server understands it: that of the headers only from a trusted peer. */
  host: string;
}

interface Peer {
  isTrusted: boolean;
  isPrivate: boolean;
  /** Of any request so far: balancers send some of their own without it. */
  hasForwarded: boolean;
  requests: number;
}

const MAX_PEERS = 1000;
/** A balancer's own requests come before those that it forwards. */
const SILENT_REQUESTS = 20;
const PRIVATE = ["loopback", "private", "uniqueLocal", "linkLocal", "carrierGradeNat"];
/** A name that a proxy reaches the server by, and no client: an address, or a name of one's own network. */
const UPSTREAM_NAME = /^[^.]+$|\.(?:internal|local|localhost|svc|lan)$/;

/** Compares the headers of requests with TRUSTED_PROXIES. */
export class ProxyObserver {
  readonly #peers = new LRUCache<string, Peer>({ max: MAX_PEERS });
  readonly #trusted: (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];
  readonly #isHttps: boolean;
  readonly #publicHost: string;

  constructor(
    private readonly observations: Pick<Observations, "record">,
    { trustedProxies, publicUrl }: { trustedProxies: readonly string[]; publicUrl: string },
  ) {
    this.#trusted = trustedProxies.map((text) =>
      ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : networkOf(ipaddr.parse(text)),
    );
    const { protocol, hostname } = new URL(publicUrl);
    this.#isHttps = protocol === "https:";
    this.#publicHost = hostname;
  }

  observe(request: ProxiedRequest): void {
    const { peer: address, headers } = request;
    const peer = this.#peerOf(address);
    const isForwarded = headers["x-forwarded-for"] !== undefined;
    if (!peer.isTrusted) {
      // Callers on the internet may send what they like.
      if (isForwarded && peer.isPrivate) {
        const detail = "sends X-Forwarded-For, which has no effect";
        this.observations.record("FORWARDED_BY_UNTRUSTED_ADDRESS", address, detail);
      }
      return;
    }
    this.#record("FORWARDED_BY_UNTRUSTED_ADDRESS", address, null);
    peer.hasForwarded ||= isForwarded;
    peer.requests++;
    const isSilent = !peer.hasForwarded && peer.requests >= SILENT_REQUESTS;
    if (isSilent || isForwarded) {
      const detail = isSilent ? "sends no X-Forwarded-For" : null;
      this.#record("PROXY_WITHOUT_FORWARDED_FOR", address, detail);
    }
    if (!isForwarded) return;
    const isWithoutProto = this.#isHttps && headers["x-forwarded-proto"] === undefined;
    this.#record(
      "PROXY_WITHOUT_PROTO",
      address,
      isWithoutProto ? "sends no X-Forwarded-Proto, so requests count as http" : null,
    );
    const host = hostnameOf(request.host);
    this.#record(
      "PROXY_WITHOUT_HOST",
      address,
      this.#isUpstreamName(host) ? `asks for ${host}, which is no name that clients use` : null,
    );
  }

  #record(kind: ObservationKind, subject: string, detail: string | null): void {
    this.observations.record(kind, subject, detail);
  }

  #isUpstreamName(host: string): boolean {
    if (host === this.#publicHost) return false;
    return ipaddr.isValid(host) ? isPrivate(ipaddr.process(host)) : UPSTREAM_NAME.test(host);
  }

  #peerOf(address: string): Peer {
    const known = this.#peers.get(address);
    if (known) return known;
    const parsed = ipaddr.isValid(address) ? ipaddr.process(address) : null;
    const peer = {
      isTrusted: this.#trusted.some(
        ([network, bits]) =>
          parsed !== null && parsed.kind() === network.kind() && parsed.match(network, bits),
      ),
      isPrivate: parsed !== null && isPrivate(parsed),
      hasForwarded: false,
      requests: 0,
    };
    this.#peers.set(address, peer);
    return peer;
  }
}

const networkOf = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
  [address, address.kind() === "ipv4" ? 32 : 128] as const;

const isPrivate = (address: ipaddr.IPv4 | ipaddr.IPv6) => PRIVATE.includes(address.range());

const hostnameOf = (host: string) =>
  host
    .replace(/:\d+$/, "")
    .replaceAll(/^\[|\]$/g, "")
    .toLowerCase();
