import type { Audience, DefaultAudience, RegisteredAudience } from "../register.js";
import { assertOptionNames } from "../shared/option-names.js";
import { assertScopeList } from "../shared/scope-list.js";
import { Dpop } from "./dpop.js";
import { toAccessToken } from "./held-token.js";
import type { GetTokenOptions, TokenRequest, TokenSource, TokenSourceOptions } from "./options.js";
import { protectedFetch } from "./protected-fetch.js";
import { TokenCache } from "./token-cache.js";

/**
 * Gets access tokens of one client and keeps them while they are valid. Make one for the whole process: tokens are
 * shared by all who use the same source, and by nobody else, since another source may have another secret.
 *
 * @example
 * const tokens = createTokenSource({
 *   issuer: "https://auth.example.com/projects/project-live-…",
 *   clientId: "client_…",
 *   clientSecret: secretFile("/run/secrets/countersign"),
 *   audience: "https://api.example.com",
 *   scopes: ["orders:read"],
 * });
 * const response = await tokens.fetch("https://api.example.com/orders");
 * @throws TypeError for options that cannot work
 */
export function createTokenSource<A extends Audience = DefaultAudience>(
  options: TokenSourceOptions<A>,
): TokenSource<RegisteredAudience<A>> {
  assertUsable(options);
  const { dpop: binding, audience, scopes } = options;
  const dpop = binding ? new Dpop(binding === true ? undefined : binding.keyPair) : undefined;
  const cache = new TokenCache(options, dpop);
  return view(options, cache, dpop, { audience, scopes });
}

function view<A extends Audience>(
  options: TokenSourceOptions,
  cache: TokenCache,
  dpop: Dpop | undefined,
  defaults: TokenRequest,
): TokenSource<A> {
  const merged = (request: TokenRequest): TokenRequest => {
    assertScopes(request);
    const { audience, scopes } = request;
    const isSameAudience = audience === undefined || audience === defaults.audience;
    return {
      audience: audience ?? defaults.audience,
      // Another API has scopes of its own.
      scopes: scopes ?? (isSameAudience ? defaults.scopes : undefined),
    };
  };
  const getToken = async ({ signal, refusedToken, ...request }: GetTokenOptions = {}) => {
    signal?.throwIfAborted();
    const token = cache.get(merged(request), refusedToken);
    return toAccessToken(await (signal ? abortable(token, signal) : token));
  };
  return {
    getToken: getToken as TokenSource<A>["getToken"],
    fetch: protectedFetch(options, dpop, getToken),
    for: (request) => view(options, cache, dpop, merged(request as TokenRequest)),
  };
}

const OPTIONS: Record<keyof TokenSourceOptions, true> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  privateKey: true,
  workloadToken: true,
  workloadTokenAs: true,
  audience: true,
  scopes: true,
  parameters: true,
  dpop: true,
  store: true,
  tokenEndpoint: true,
  allowedOrigins: true,
  allowInsecureHttp: true,
  timeoutSeconds: true,
  retrySeconds: true,
  onRenewalFailure: true,
  waitUntil: true,
  fetch: true,
};

/** @throws TypeError */
function assertUsable(options: TokenSourceOptions): void {
  assertOptionNames(options, Object.keys(OPTIONS));
  const { issuer, clientId, clientSecret, privateKey, workloadToken, workloadTokenAs } = options;
  if (typeof issuer !== "string" || !/^https?:/.test(issuer) || !URL.canParse(issuer)) {
    throw new TypeError("The `issuer` must be the URL of your project's issuer");
  }
  if (clientSecret !== undefined && privateKey !== undefined) {
    throw new TypeError("clientSecret and privateKey are two ways to authenticate: give one");
  }
  const authenticates = clientSecret !== undefined || privateKey !== undefined;
  if (authenticates ? workloadTokenAs === "client_assertion" : !workloadToken) {
    throw new TypeError("Give clientSecret, privateKey or workloadToken");
  }
  if (authenticates && !clientId) throw new TypeError("clientId is missing");
  if (clientId !== undefined && clientId !== clientId.trim()) {
    throw new TypeError("clientId begins or ends with white space, such as a file's last line");
  }
  assertScopes(options);
}

/** @throws TypeError also for `scope`, which would pass for none: the token would have all that is granted */
function assertScopes(request: TokenRequest): void {
  if ("scope" in request) throw new TypeError("There is no option `scope`. `scopes` is a list");
  assertScopeList(request.scopes ?? []);
}

/** Leaves the work alone, for which others may wait. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
