import { basicAuthorization } from "../shared/basic-authorization.js";
import { isAccessToken } from "../shared/is-access-token.js";
import { currentSecrets, type SecretSource } from "../shared/secret-source.js";

/** Such as a `TokenSource` of `@countersign/sdk/client`. */
export interface AccessTokenSource {
  /** @param options an access token that the server has refused: another one is wanted */
  getToken(options?: { refusedToken?: string | undefined }): Promise<{ accessToken: string }>;
}

/** A management key. */
export interface ManagementKeyCredentials {
  projectId: string;
  /** The key's secret, or several: the next one is tried when one is refused. */
  secret: SecretSource;
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

/**
 * Makes the Authorization header of a request.
 * @param refused the header that the server has just refused, if there is one
 */
export type Authorization = (refused?: string) => Promise<string>;

/** @throws TypeError for credentials that are incomplete */
export function authorization(credentials: ManagementCredentials): Authorization {
  const { accessToken, projectId, secret } = credentials;
  if (accessToken !== undefined) {
    return async (refused) => {
      const token = (await currentToken(accessToken, refused)).trimEnd();
      // The error of `fetch` for such a header would quote it.
      if (!isAccessToken(token)) throw new TypeError("accessToken gives no access token");
      return BEARER + token;
    };
  }
  if (!projectId || projectId.includes(":") || !secret) {
    throw new TypeError("Give projectId and secret of a management key, or an accessToken");
  }
  return async (refused) => {
    const secrets = await currentSecrets(secret, "secret");
    const headers = secrets.map((current) => basicAuthorization(projectId, current));
    return headers.find((header) => header !== refused) ?? String(refused);
  };
}

const BEARER = "Bearer ";

async function currentToken(
  source: BearerCredentials["accessToken"],
  refused: string | undefined,
): Promise<string> {
  if (typeof source === "string") return source;
  if (typeof source === "function") return source();
  const { accessToken } = await source.getToken({ refusedToken: refused?.slice(BEARER.length) });
  return accessToken;
}
