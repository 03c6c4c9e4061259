const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The GraphQL endpoint of a server.
 * @throws TypeError for a URL that would send the secret in clear text, or that holds a credential itself
 */
export function graphqlEndpoint(url: string, allowInsecureHttp: boolean): string {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new TypeError("url: give the server's URL, such as https://auth.example.com");
  }
  if (base.username || base.password || base.search || base.hash) {
    throw new TypeError("url: give it without credentials, query and fragment");
  }
  if (base.protocol === "http:" && !LOOPBACK.test(base.hostname) && !allowInsecureHttp) {
    throw new TypeError(
      "url: http would send the secret in clear text; use https, or allowInsecureHttp",
    );
  }
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/graphql`;
}
