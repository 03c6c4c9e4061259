// An MCP server with two tools. It takes access tokens that Countersign issued for it, and no others.
import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  type AuthInfo,
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  McpServer,
  OAuthError,
  OAuthErrorCode,
  requireBearerAuth,
  requireScopes,
} from "@modelcontextprotocol/server";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { z } from "zod";

// What Countersign answers to `{ api(apiId: "…") { protectedResourceMetadata } }` (RFC 9728). All that this server
// compares tokens with comes from here; nothing comes from a request or from the token itself.
const { PROTECTED_RESOURCE_METADATA } = process.env;
if (!PROTECTED_RESOURCE_METADATA) throw new Error("Set PROTECTED_RESOURCE_METADATA");
const metadata = JSON.parse(PROTECTED_RESOURCE_METADATA);
const audience: string = metadata.resource; // the URL of this server, and the identifier of its API
const issuer: string = metadata.authorization_servers[0];

const keys = createRemoteJWKSet(new URL(`${issuer.replace(/\/$/, "")}/.well-known/jwks.json`));

async function verifyAccessToken(token: string): Promise<AuthInfo> {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience, // a token for another API is none for this server
    typ: "at+jwt", // of the token profile RFC9068: a session JWT is no access token
    algorithms: ["RS256"],
    requiredClaims: ["exp", "client_id"],
    clockTolerance: 5,
  }).catch((error: unknown) => {
    // 401. Keys that cannot be fetched are no fault of the token: they are a 500.
    const unavailable = ["ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC"];
    if (!(error instanceof errors.JOSEError) || unavailable.includes(error.code)) throw error;
    throw new OAuthError(OAuthErrorCode.InvalidToken, "The access token is not valid here");
  });
  // A token that is bound to a key (DPoP) must not pass without its proof.
  if (payload.cnf) throw new OAuthError(OAuthErrorCode.InvalidToken, "The token is bound to a key");
  // `token` is for this server alone. A tool that calls another API gets a token of its own for that.
  return {
    token,
    clientId: String(payload.client_id),
    scopes: typeof payload.scope === "string" ? payload.scope.split(" ") : [],
    expiresAt: payload.exp,
  };
}

// Answers 401 and 403. Every agent needs `orders:read`, and a client without a token reads here which scope to ask for.
const metadataUrl = getOAuthProtectedResourceMetadataUrl(new URL(audience));
const authenticate = requireBearerAuth({
  verifier: { verifyAccessToken },
  requiredScopes: ["orders:read"],
  resourceMetadataUrl: metadataUrl,
});

const orders = new Map([
  ["1001", { id: "1001", total: "25.00 EUR", state: "paid" }],
  ["1002", { id: "1002", total: "80.00 EUR", state: "paid" }],
]);

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "orders", version: "1.0.0" });
  server.registerTool(
    "read_orders",
    { description: "Lists the orders.", scopeChallenge: requireScopes("orders:read") },
    ({ http }) => {
      console.log(`${http?.authInfo?.clientId} calls read_orders`);
      const lines = [...orders.values()].map(({ id, total, state }) => `${id}: ${total}, ${state}`);
      return { content: [{ type: "text", text: lines.join("; ") }] };
    },
  );
  server.registerTool(
    "refund_order",
    {
      description: "Refunds an order.",
      inputSchema: z.object({ orderId: z.string() }),
      // All that the call needs: some clients then ask for exactly these.
      scopeChallenge: requireScopes("orders:read", "orders:refund"),
    },
    ({ orderId }, { http }) => {
      console.log(`${http?.authInfo?.clientId} calls refund_order`);
      const order = orders.get(orderId);
      if (!order) return { isError: true, content: [{ type: "text", text: "No such order" }] };
      order.state = "refunded";
      return { content: [{ type: "text", text: `${orderId} is refunded` }] };
    },
  );
  return server;
});

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === new URL(metadataUrl).pathname) return Response.json(metadata);
  if (pathname !== new URL(audience).pathname) {
    return new Response(`The MCP server is at ${audience}`, { status: 404 });
  }
  const authInfo = await authenticate(request);
  return authInfo instanceof Response ? authInfo : mcp.fetch(request, { authInfo });
}

async function serveAndLog(request: Request): Promise<Response> {
  const response = await serve(request);
  const challenge = response.headers.get("www-authenticate");
  if (challenge) console.log(`${response.status} ${challenge}`);
  return response;
}

const port = Number(process.env.PORT ?? new URL(audience).port);
createServer(toNodeHandler({ fetch: serveAndLog })).listen(port, "localhost", () => {
  console.log(`listens for ${audience}`);
});
