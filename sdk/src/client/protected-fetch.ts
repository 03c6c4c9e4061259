import { assertSecure } from "../shared/secure-url.js";
import type { Dpop } from "./dpop.js";
import type { AccessToken } from "./held-token.js";
import type { GetTokenOptions, TokenSourceOptions } from "./options.js";

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

const MAX_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What one request of the chain of redirects sends. */
interface Hop {
  url: URL;
  input: Input;
  init: Init & { method: string };
  headers: Headers;
}

/**
 * `fetch` that sends the token to the origin of the URL alone. It follows redirects itself: a proof is for one URL,
 * and not every runtime takes `Authorization` away when a redirect leads elsewhere.
 */
export function protectedFetch(
  options: TokenSourceOptions,
  dpop: Dpop | undefined,
  getToken: (options: GetTokenOptions) => Promise<AccessToken>,
): Fetch {
  const send: Fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);

  async function sendWithToken(hop: Hop, token: AccessToken): Promise<Response> {
    const { url, input, init } = hop;
    const headers = new Headers(hop.headers);
    headers.set("authorization", `${token.tokenType} ${token.accessToken}`);
    if (dpop) headers.set("dpop", await dpop.proof(init.method, url, token.accessToken));
    const response = await send(input, { ...init, headers });
    dpop?.remember(url, response);
    return response;
  }

  async function sendHop(hop: Hop): Promise<Response> {
    const { signal } = hop.init;
    let token = await getToken({ signal });
    let response = await sendWithToken(hop, token);
    if (!isRepeatable(hop)) return response;
    if (dpop && challenges(response, "use_dpop_nonce")) {
      await response.body?.cancel();
      response = await sendWithToken(hop, token);
    }
    if (!challenges(response, "invalid_token")) return response;
    const { accessToken: refusedToken } = token;
    token = await getToken({ signal, refusedToken }).catch(() => token);
    if (token.accessToken === refusedToken) return response;
    await response.body?.cancel();
    return sendWithToken(hop, token);
  }

  return async (input, init = {}) => {
    let hop = firstHop(input, init);
    const { origin } = hop.url;
    assertAllowed(hop.url, options);
    const follows = (init.redirect ?? requestOf(input)?.redirect ?? "follow") === "follow";
    if (follows) hop.init.redirect = "manual";
    let mayHaveToken = true;
    for (let redirects = 0; ; redirects++) {
      mayHaveToken &&= hop.url.origin === origin;
      const { headers } = hop;
      const response = mayHaveToken
        ? await sendHop(hop)
        : await send(hop.input, { ...hop.init, headers });
      const location = response.headers.get("location");
      if (!follows || location === null || !REDIRECTS.has(response.status)) return response;
      if (redirects === MAX_REDIRECTS) throw new TypeError("Too many redirects");
      await response.body?.cancel();
      hop = nextHop(hop, new URL(location, hop.url), response.status);
    }
  };
}

function firstHop(input: Input, init: Init): Hop {
  const request = requestOf(input);
  const url = new URL(request?.url ?? String(input));
  const headers = new Headers(init.headers ?? request?.headers);
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  const signal = init.signal ?? request?.signal ?? null;
  // A URL object may change while the token is awaited, and the token would go where it leads then.
  return { url, input: request ?? url, headers, init: { ...init, method, signal } };
}

/** HTTP-redirect fetch of the Fetch Standard. */
function nextHop(hop: Hop, url: URL, status: number): Hop {
  const { body: _, ...withoutBody } = hop.init;
  const { method } = withoutBody;
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) {
    for (const name of ["authorization", "cookie", "proxy-authorization"]) headers.delete(name);
  }
  const becomesGet =
    status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
  if (becomesGet) {
    for (const name of [...headers.keys()]) {
      if (name.startsWith("content-") && name !== "content-disposition") headers.delete(name);
    }
    return { url, input: url, headers, init: { ...withoutBody, method: "GET" } };
  }
  if (!isRepeatable(hop)) throw new TypeError("A redirect asks for the body again");
  return { url, input: url, headers, init: hop.init };
}

/** By its shape: a polyfill or another realm has a class of its own. */
function requestOf(input: Input): Request | undefined {
  return typeof input === "object" && "headers" in input ? input : undefined;
}

/** Whether the body can be sent a second time: streams and iterators cannot. */
function isRepeatable({ input, init: { body } }: Hop): boolean {
  if (body === undefined || body === null) return (requestOf(input)?.body ?? null) === null;
  return typeof body !== "object" || !("getReader" in body || Symbol.asyncIterator in body);
}

/** RFC 6750 section 3, RFC 9449 section 9. */
function challenges({ status, headers }: Response, error: string): boolean {
  const challenge = headers.get("www-authenticate") ?? "";
  return status === 401 && new RegExp(`\\berror="?${error}\\b`, "i").test(challenge);
}

/** @throws TypeError */
function assertAllowed(url: URL, { allowedOrigins, allowInsecureHttp }: TokenSourceOptions): void {
  assertSecure(url, allowInsecureHttp);
  const { origin } = url;
  const isAllowed =
    typeof allowedOrigins === "function"
      ? allowedOrigins(origin)
      : (allowedOrigins?.some((allowed) => new URL(allowed).origin === origin) ?? true);
  if (!isAllowed) throw new TypeError(`${origin} is not among allowedOrigins, so it gets no token`);
}
