/** A URL below an issuer, which may end with a slash. @param path such as `/oauth/token` */
export function belowIssuer(issuer: string, path: string): string {
  return issuer.replace(/\/$/, "") + path;
}
