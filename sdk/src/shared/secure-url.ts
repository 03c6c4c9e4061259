/** RFC 6761 section 6.3, RFC 1122 section 3.2.1.3. URL has made a canonical host of what was written. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether nobody on the way can read or change what is sent: https, or http to this machine. */
export function isSecure({ protocol, hostname }: URL, allowInsecureHttp = false): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && (allowInsecureHttp || LOOPBACK.test(hostname));
}

/** @throws TypeError for a URL that would carry credentials in the clear, or that holds some itself */
export function assertSecure(url: URL, allowInsecureHttp: boolean | undefined): void {
  if (url.username || url.password) throw new TypeError("A URL must not contain credentials");
  if (isSecure(url, allowInsecureHttp)) return;
  const { origin } = url;
  throw new TypeError(`${origin} must be https, so that nobody reads the credentials on the way`);
}
