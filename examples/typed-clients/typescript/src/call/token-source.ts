import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrant,
  discovery,
} from "openid-client";

/** A token is renewed before it ends, since it may be on its way for a while: a minute, or a tenth of a short life. */
const renewBeforeSeconds = (expiresIn: number) => Math.min(60, expiresIn / 10);

export interface TokenSourceOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  audience: string;
}

interface Token {
  accessToken: string;
  expiresIn: number;
}

/** openid-client gets tokens, and leaves it to the program to keep them. */
export async function createTokenSource(
  options: TokenSourceOptions,
): Promise<() => Promise<Token>> {
  const { issuer, clientId, clientSecret, audience } = options;
  const isLocal = new URL(issuer).hostname === "localhost";
  const config = await discovery(
    new URL(issuer),
    clientId,
    undefined,
    ClientSecretBasic(clientSecret),
    { execute: isLocal ? [allowInsecureRequests] : [] },
  );
  let renewAt = 0;
  let current: Promise<Token>;

  const request = async (): Promise<Token> => {
    const answer = await clientCredentialsGrant(config, { audience });
    const { access_token: accessToken, expires_in: expiresIn = 0 } = answer;
    renewAt = Date.now() + (expiresIn - renewBeforeSeconds(expiresIn)) * 1000;
    return { accessToken, expiresIn };
  };

  return () => {
    if (Date.now() < renewAt) return current;
    // Callers that come meanwhile wait for the same request.
    renewAt = Number.POSITIVE_INFINITY;
    current = request();
    current.catch(() => {
      renewAt = 0;
    });
    return current;
  };
}
