import { assertSecure } from "../shared/secure-url.js";

/**
 * The GraphQL endpoint of a server.
 * @throws TypeError for a URL that would send the secret in the clear, or that holds a credential itself
 */
export function graphqlEndpoint(url: string, allowInsecureHttp: boolean | undefined): string {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (!base || base.search || base.hash) {
    throw new TypeError("url: give the server's URL, such as https://auth.example.com");
  }
  assertSecure(base, allowInsecureHttp);
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/graphql`;
}
