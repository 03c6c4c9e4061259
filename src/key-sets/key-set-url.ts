import ipaddr from "ipaddr.js";
import { isPublic } from "./addresses.js";
import { AllowedHosts, type Endpoint } from "./allowed-hosts.js";

/** Where key sets may be fetched from. */
export interface KeySetPolicy {
  /** Also allows http and loopback, for development and tests. */
  allowInsecure: boolean;
  allowedHosts: AllowedHosts;
}

export const PUBLIC_HOSTS: KeySetPolicy = {
  allowInsecure: false,
  allowedHosts: AllowedHosts.NONE,
};

/** The same for all hosts that are not allowed, so that nobody learns which of them exist. */
export const NOT_PUBLIC =
  "must have a public host, or one that the server's operator has listed in KEY_SET_ALLOWED_HOSTS";

/** Whether a key set may be fetched from an address. An IPv4-mapped IPv6 address counts as the IPv4 address. */
export function isAllowedAddress(text: string, endpoint: Endpoint, policy: KeySetPolicy): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (policy.allowInsecure && address.range() === "loopback") return true;
  return isPublic(address) || policy.allowedHosts.allows(address, endpoint);
}

export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  const defaultPort = protocol === "https:" ? 443 : 80;
  return {
    hostname: hostname.replaceAll(/^\[|\]$/g, ""),
    port: port === "" ? defaultPort : Number(port),
  };
}

/**
 * Checks the form of a key set's URL. Each fetch resolves host names and checks their addresses.
 * @returns what is wrong with the URL, in words that begin with "must", or null
 */
export function keySetUrlProblem(text: string, policy: KeySetPolicy): string | null {
  if (/\s/.test(text) || !URL.canParse(text)) {
    return "must be a URL such as https://issuer.example.com/.well-known/jwks.json";
  }
  const url = new URL(text);
  const { allowInsecure } = policy;
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) {
    return allowInsecure
      ? "must begin with https:// or http://"
      : "must begin with https:// (http:// is for development, with ALLOW_INSECURE_JWKS=true)";
  }
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password";
  const endpoint = endpointOf(url);
  // The URL parser has normalized every spelling of an IPv4 address to dotted decimal.
  const isLocalhost = /(?:^|\.)localhost\.?$/.test(endpoint.hostname);
  const address = isLocalhost ? "127.0.0.1" : endpoint.hostname;
  if (!ipaddr.isValid(address)) return null;
  return isAllowedAddress(address, endpoint, policy) ? null : NOT_PUBLIC;
}
