/** The Authorization header of RFC 7617, in UTF-8. */
export function basicAuthorization(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** The Authorization header of an OAuth client, whose parts are form-encoded (RFC 6749 section 2.3.1). */
export function clientBasicAuthorization(clientId: string, clientSecret: string): string {
  return basicAuthorization(formEncode(clientId), formEncode(clientSecret));
}

/** `application/x-www-form-urlencoded` */
export function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
