/** The variables of the environment that name a proxy, as the agents of Node.js read them. */
export interface ProxyEnvironment {
  HTTPS_PROXY?: string | undefined;
  HTTP_PROXY?: string | undefined;
  NO_PROXY?: string | undefined;
}

/** Both came with the same versions of Node.js: 22.21 and 24.5. */
const HAS_PROXY_SUPPORT = process.allowedNodeEnvironmentFlags.has("--use-env-proxy");

/** @returns what an operator must know about the proxy that is set, or null */
export function proxyProblem(
  environment: ProxyEnvironment | undefined,
  hasProxySupport = HAS_PROXY_SUPPORT,
): string | null {
  if (!environment || hasProxySupport) return null;
  return "HTTPS_PROXY and HTTP_PROXY are ignored, since this Node.js has no support for proxies: use 22.21, 24.5 or newer, or unset them";
}

/** curl and Node.js read these names in lower case too, and prefer them. */
export function lowerCaseProxies(
  env: Readonly<Record<string, string | undefined>>,
): ProxyEnvironment {
  const names = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];
  const found = names.map((name) => [name, env[name.toLowerCase()]]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** @returns undefined if no proxy is named */
export function proxyEnvironment({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY }: ProxyEnvironment) {
  const hasProxy = HTTPS_PROXY !== undefined || HTTP_PROXY !== undefined;
  return hasProxy ? { HTTPS_PROXY, HTTP_PROXY, NO_PROXY } : undefined;
}
