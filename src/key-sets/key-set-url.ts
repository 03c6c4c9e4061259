import ipaddr from "ipaddr.js";

/** The only unicast range that IANA assigns; IPv4-compatible addresses (RFC 4291) are outside. */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/** Looks public, but serves the platform and metadata services of Azure to its hosts. */
const AZURE_HOST = "168.63.129.16";

/**
 * Whether a key set may be fetched from an address, which must not be private, local or reserved (RFC 6890).
 * An IPv4-mapped IPv6 address counts as the IPv4 address.
 * @param allowInsecure also allows loopback, for development and tests
 */
export function isAllowedAddress(address: string, allowInsecure: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (allowInsecure && range === "loopback") return true;
  if (parsed.toString() === AZURE_HOST) return false;
  return range === "unicast" && (parsed.kind() === "ipv4" || parsed.match(GLOBAL_UNICAST));
}

/**
 * Checks the form of a key set's URL. Each fetch resolves host names and checks their addresses.
 * @returns the problem, or null
 */
export function keySetUrlProblem(text: string, allowInsecure: boolean): string | null {
  const wrongForm = allowInsecure
    ? "Must be an http or https URL"
    : "Must be an https URL with a public host";
  if (/\s/.test(text) || !URL.canParse(text)) return wrongForm;
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) return wrongForm;
  if (url.username !== "" || url.password !== "") return "Must not contain a user name or password";
  // The URL parser has normalized every spelling of an IPv4 address to dotted decimal.
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (ipaddr.isValid(host)) return isAllowedAddress(host, allowInsecure) ? null : wrongForm;
  return !allowInsecure && /(?:^|\.)localhost\.?$/.test(host) ? wrongForm : null;
}
