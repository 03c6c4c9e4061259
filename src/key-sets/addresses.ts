import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** The first address, and the length of the prefix. */
export type AddressRange = [Address, number];

/** The only unicast range that IANA assigns; IPv4-compatible addresses (RFC 4291) are outside. */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/**
 * Addresses of the machine itself, of its link and of services for it, such as the metadata services that give
 * credentials to any process.
 */
const PLATFORM: readonly AddressRange[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200/32", // Alibaba Cloud
  "168.63.129.16/32", // Azure; looks public
  "192.0.0.0/24", // IETF protocol assignments; Oracle Cloud
  "::/8", // unspecified, loopback, IPv4-compatible, NAT64
  "fe80::/10",
  "fd00:ec2::/32", // AWS
  "fd20:ce::/32", // Google Cloud
].map((range) => ipaddr.parseCIDR(range));

/** The range of PLATFORM that has the address. */
export function rangeOfPlatform(address: Address): AddressRange | undefined {
  return PLATFORM.find((range) => isWithin(address, range));
}

/** Whether an address, or a whole range, lies within a range. */
export function isWithin(
  inner: Address | AddressRange,
  [first, prefixLength]: AddressRange,
): boolean {
  const [address, innerLength] = Array.isArray(inner) ? inner : [inner, 128];
  return (
    address.kind() === first.kind() &&
    innerLength >= prefixLength &&
    address.match(first, prefixLength)
  );
}

/** Neither private, local, reserved (RFC 6890) nor of a platform. */
export function isPublic(address: Address): boolean {
  if (address.range() !== "unicast" || rangeOfPlatform(address)) return false;
  return address.kind() === "ipv4" || isWithin(address, GLOBAL_UNICAST);
}
