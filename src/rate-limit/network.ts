import ipaddr from "ipaddr.js";

/**
 * What one caller has at least to itself: an IPv4 address, or the /64 of an IPv6 address. Some proxies send the
 * port as well; all that is no address is one caller.
 */
export function networkPrefix(ipAddress: string): string {
  const bare = ipaddr.isValid(ipAddress) ? ipAddress : withoutPort(ipAddress);
  if (!ipaddr.isValid(bare)) return "";
  const address = ipaddr.process(bare);
  if (address.kind() === "ipv4") return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}

/** `192.0.2.7:4711`, `[2001:db8::1]:4711` */
function withoutPort(ipAddress: string): string {
  return ipAddress.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
