import ipaddr from "ipaddr.js";

/** All that IANA hands out of IPv6; outside are such things as IPv4-compatible addresses (RFC 4291). */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/** Public by its form, and the metadata service of Azure's hosts. */
const AZURE_HOST = "168.63.129.16";

/**
 * Whether a key set may be fetched from an address: from all that is not private, local or reserved
 * (RFC 6890). A mapped IPv6 address counts as the IPv4 address within.
 * @param allowInsecure loopback too, for development and tests
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
 * What is wrong with the form of a key set's URL; null if nothing is. Names are resolved, and their
 * addresses checked, at each fetch.
 */
export function keySetUrlProblem(text: string, allowInsecure: boolean): string | null {
  const form = allowInsecure
    ? "Must be an http or https URL"
    : "Must be an https URL with a public host";
  if (/\s/.test(text) || !URL.canParse(text)) return form;
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) return form;
  if (url.username !== "" || url.password !== "") return "Must not hold credentials";
  // The URL parser has turned all spellings of an IPv4 address into the dotted one.
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (ipaddr.isValid(host)) return isAllowedAddress(host, allowInsecure) ? null : form;
  return !allowInsecure && /(?:^|\.)localhost\.?$/.test(host) ? form : null;
}
