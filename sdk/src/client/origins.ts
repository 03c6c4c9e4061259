/** RFC 6761 section 6.3, RFC 1122 section 3.2.1.3. URL has made a canonical host of what was written. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** @throws TypeError for a URL that would carry credentials in the clear */
export function assertSecure(url: URL, allowInsecureHttp: boolean | undefined): void {
  const { protocol, hostname, origin } = url;
  if (url.username || url.password) throw new TypeError("A URL must not contain credentials");
  const isSecure = protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
  if (isSecure || (protocol === "http:" && allowInsecureHttp)) return;
  throw new TypeError(`${origin} must be https, so that nobody reads the credentials on the way`);
}
