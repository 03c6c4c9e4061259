import ipaddr from "ipaddr.js";
import { type AddressRange, isWithin, rangeOfPlatform } from "./addresses.js";

/** An entry whose port is null allows every port. */
type Entry =
  | { kind: "network"; range: AddressRange; port: number | null }
  /** `domain`: the names below it, at any depth, but not the name itself. */
  | { kind: "name" | "domain"; name: string; port: number | null };

/** A host as a URL names it: in lower case, without brackets, and with its port. */
export interface Endpoint {
  hostname: string;
  port: number;
}

/** Hosts and networks that key sets may be fetched from although they are private (ADR 0027). */
export class AllowedHosts {
  static readonly NONE = new AllowedHosts([]);
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /**
   * @param list names, addresses and networks, separated by commas
   * @throws AllowedHostsError
   */
  static parse(list: string): AllowedHosts {
    const problems: string[] = [];
    const entries = list.split(",").flatMap((text, index) => {
      if (text.trim() === "") return [];
      const entry = parseEntry(text.trim().toLowerCase());
      if (typeof entry !== "string") return [entry];
      problems.push(`Entry ${index + 1} ${entry}`);
      return [];
    });
    if (problems.length > 0) throw new AllowedHostsError(problems.join("; "));
    return new AllowedHosts(entries);
  }

  /**
   * Whether an entry allows this address of the host. A name does not open loopback, link-local and metadata
   * addresses, whatever it resolves to, and a network only if it lies within their range.
   */
  allows(address: ipaddr.IPv4 | ipaddr.IPv6, { hostname, port }: Endpoint): boolean {
    const platform = rangeOfPlatform(address);
    const name = hostname.replace(/\.$/, "");
    return this.#entries.some((entry) => {
      if (entry.port !== null && entry.port !== port) return false;
      if (entry.kind === "network") {
        return isWithin(address, entry.range) && (!platform || isWithin(entry.range, platform));
      }
      if (platform) return false;
      return entry.kind === "name" ? name === entry.name : name.endsWith(`.${entry.name}`);
    });
  }
}

/** The message says which entries are wrong and what to write, without their text. */
export class AllowedHostsError extends Error {
  override readonly name = "AllowedHostsError";
}

const FORMS =
  "must be a host name, an address or a network, such as keycloak.internal.example, *.internal.example, 10.0.0.5:8443 or 10.0.0.0/8";

/** @returns the entry, or what is wrong with it */
function parseEntry(text: string): Entry | string {
  if (text.includes("://"))
    return "is a URL: write its host alone, such as keycloak.internal.example";
  if (/\s/.test(text)) return "has a space: separate entries by commas";
  if (text.includes("/")) return parseNetwork(text);
  if (ipaddr.IPv6.isValid(text)) return { kind: "network", range: rangeOf(text), port: null };
  const [, bracketed, plain = "", portText] =
    /^(?:\[(.+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) return "must have a port from 1 to 65535";
  if (bracketed !== undefined) {
    return ipaddr.IPv6.isValid(bracketed)
      ? { kind: "network", range: rangeOf(bracketed), port }
      : "must have an IPv6 address in its brackets, such as [fd12:3456::5]:8443";
  }
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) {
    return { kind: "network", range: rangeOf(plain), port };
  }
  return parseName(plain, port);
}

function parseNetwork(text: string): Entry | string {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text) && !ipaddr.IPv6.isValidCIDR(text)) {
    return "must be a network such as 10.0.0.0/8 or fd12:3456::/32, without port and path";
  }
  const range = ipaddr.parseCIDR(text);
  const [first, prefixLength] = range;
  // Addresses are compared as IPv4 where they can be, so such a network would never match.
  if (first instanceof ipaddr.IPv6 && first.isIPv4MappedAddress()) {
    return "is a network of IPv4 addresses in IPv6's form: write it as IPv4, such as 10.0.0.0/8";
  }
  const kind = first.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  if (kind.networkAddressFromCIDR(text).toString() !== first.toString()) {
    return "must begin with the first address of its network, such as 10.0.0.0/8; a single address has no prefix length";
  }
  if (prefixLength === 0) return "is every address: list the networks that key sets are in";
  return { kind: "network", range, port: null };
}

/** A single address is a network of one. An IPv4-mapped IPv6 address counts as the IPv4 address. */
function rangeOf(address: string): AddressRange {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === "ipv4" ? 32 : 128];
}

function parseName(text: string, port: number | null): Entry | string {
  const isDomain = text.startsWith("*.");
  const written = isDomain ? text.slice(2) : text;
  // The URL parser brings internationalized names into the form that URLs have, and reads 10.5 as an address.
  const url = `https://${written}/`;
  const isHost = !/[@?#\\]/.test(written) && URL.canParse(url);
  const name = isHost ? new URL(url).hostname.replace(/\.$/, "") : "";
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name) || ipaddr.isValid(name)) return FORMS;
  if (/(?:^|\.)localhost$/.test(name)) {
    return "names this machine, which can be allowed only by its addresses: write 127.0.0.0/8, ::1";
  }
  if (isDomain && !name.includes(".")) {
    return "is a whole top-level domain: name one below it, such as *.internal.example";
  }
  return { kind: isDomain ? "domain" : "name", name, port };
}
