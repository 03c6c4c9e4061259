// The comparison: oidc-provider, in memory, giving JWT access tokens for client credentials.
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";

console.warn = () => {};
console.info = () => {};
const { Provider } = await import("oidc-provider");

const [algorithm] = process.argv.slice(2);
const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
// It insists on an RSA key for its own defaults, whatever signs the access tokens.
const { privateKey: rsa } = await generateKeyPair("RS256", { extractable: true });
const keys = [{ ...(await exportJWK(privateKey)), kid: "1", alg: algorithm, use: "sig" }];
if (algorithm !== "RS256") {
  keys.push({ ...(await exportJWK(rsa)), kid: "2", alg: "RS256", use: "sig" });
}

const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: Array.from({ length: 100 }, (_, index) => ({
    client_id: `client-${index}`,
    client_secret: `secret-of-client-${index}-that-is-long-enough`,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: "client_secret_post",
  })),
  scopes: ["read:invoices", "write:invoices"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:example:api",
      getResourceServerInfo: (_context, audience) => ({
        scope: "read:invoices write:invoices",
        audience,
        accessTokenFormat: audience === "urn:example:opaque" ? "opaque" : "jwt",
        accessTokenTTL: 3600,
        jwt: { sign: { alg: algorithm } },
      }),
    },
  },
});

server.on("request", provider.callback());
process.on("SIGTERM", () => process.exit(0));
console.log(`listening ${issuer}`);
