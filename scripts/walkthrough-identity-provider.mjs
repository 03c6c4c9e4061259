// Somebody else's identity provider for the walk-through: panva's oidc-provider, with access tokens
// shaped as Supabase shapes them. Its key set and its tokens are made by that library.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";

// It warns of its own development settings, which are what is wanted here.
const warn = console.warn;
const info = console.info;
console.warn = () => {};
console.info = () => {};
const { Provider } = await import("oidc-provider");

export async function startIdentityProvider() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: "foreign-1", alg: "RS256", use: "sig" };
  let signedIn = {};
  let provider;
  const server = createServer((request, response) => provider.callback()(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    jwks: { keys: [key] },
    clients: [
      {
        client_id: "app",
        client_secret: "only-for-this-walkthrough",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    extraTokenClaims: () => signedIn,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:example:app",
        getResourceServerInfo: () => ({
          scope: "openid",
          audience: "authenticated",
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    /** The token that an application holds after its user has signed in. */
    async signIn(email) {
      signedIn = { email, session_id: randomUUID(), role: "authenticated" };
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from("app:only-for-this-walkthrough").toString("base64")}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "grant_type=client_credentials",
      });
      const body = await response.json();
      if (!body.access_token) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    async stop() {
      Object.assign(console, { warn, info });
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
