/** What `createTokenSource` of `@countersign/sdk/client` returns. */
export interface AccessTokenSource {
  getToken(): Promise<{ accessToken: string }>;
}

/** A management key. */
export interface ManagementKeyCredentials {
  projectId: string;
  /** The key's secret. A function is called for each request, so that a rotated key needs no restart. */
  secret: string | (() => string | Promise<string>);
  accessToken?: never;
}

/**
 * An access token for the audience `{issuer}/graphql` whose scopes are permissions, such as `clients:read`, or the
 * session JWT of a member.
 */
export interface BearerCredentials {
  accessToken: string | (() => string | Promise<string>) | AccessTokenSource;
  projectId?: never;
  secret?: never;
}

export type ManagementCredentials = ManagementKeyCredentials | BearerCredentials;

/** @returns a function that makes the Authorization header of a request */
export function authorization(credentials: ManagementCredentials): () => Promise<string> {
  const { accessToken, projectId, secret } = credentials;
  if (accessToken !== undefined) {
    return async () => `Bearer ${await bearerToken(accessToken)}`;
  }
  if (!projectId || projectId.includes(":") || !secret) {
    throw new TypeError("Give projectId and secret of a management key, or an accessToken");
  }
  return async () => basic(projectId, typeof secret === "function" ? await secret() : secret);
}

async function bearerToken(source: BearerCredentials["accessToken"]): Promise<string> {
  if (typeof source === "string") return source;
  if (typeof source === "function") return source();
  return (await source.getToken()).accessToken;
}

/** RFC 7617 in UTF-8. A secret file may end with a line break, which no secret does. */
function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password.trim()}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
