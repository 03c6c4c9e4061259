/**
 * The protocol of an origin in the form in which browsers send it (RFC 6454 section 6.2), null for any other text.
 * What is on this machine counts as https: development servers have no certificate.
 */
export function webOriginProtocol(text: string): "https:" | "http:" | null {
  if (!URL.canParse(text)) return null;
  const { origin, protocol, hostname } = new URL(text);
  // The URL standard allows an asterisk in a host, but no name has one.
  if (origin !== text || hostname.includes("*")) return null;
  if (protocol !== "https:" && protocol !== "http:") return null;
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) ? "https:" : protocol;
}
