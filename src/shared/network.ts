import ipaddr from "ipaddr.js";

/**
 * The smallest network that one caller has to itself: an IPv4 address, or the /64 of an IPv6 address. A port,
 * which some proxies add, is ignored. All values that are not an address count as one network.
 */
export function networkPrefix(ipAddress: string): string {
  const host = ipaddr.isValid(ipAddress) ? ipAddress : withoutPort(ipAddress);
  if (!ipaddr.isValid(host)) return "";
  const address = ipaddr.process(host);
  if (address.kind() === "ipv4") return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}

/** Strips the port of `192.0.2.7:4711` or `[2001:db8::1]:4711`. */
function withoutPort(ipAddress: string): string {
  return ipAddress.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
