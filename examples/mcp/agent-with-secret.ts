// An agent that proves itself with a client secret. Calls one tool:
//
//   MCP_SERVER_URL=… ISSUER=… CLIENT_ID=… CLIENT_SECRET=… node agent-with-secret.ts refund_order 1001
import {
  Client,
  ClientCredentialsProvider,
  OAuthError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";

const { MCP_SERVER_URL = "", ISSUER = "", CLIENT_ID = "", CLIENT_SECRET = "" } = process.env;
const [tool = "read_orders", orderId] = process.argv.slice(2);

const authProvider = new ClientCredentialsProvider({
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  expectedIssuer: ISSUER, // no MCP server can lead the secret elsewhere
});
const client = new Client({ name: "agent-with-secret", version: "1.0.0" });
try {
  // The transport finds Countersign by the server's metadata, gets a token, and a new one when it has expired.
  await client.connect(
    new StreamableHTTPClientTransport(new URL(MCP_SERVER_URL), { authProvider }),
  );
  const { content } = await client.callTool({ name: tool, arguments: orderId ? { orderId } : {} });
  for (const part of content) if (part.type === "text") console.log(part.text);
} catch (error) {
  // Countersign says OAuth's code for what it refuses, such as invalid_client or invalid_scope.
  console.log(`failed: ${error instanceof OAuthError ? error.code : error}`);
  process.exitCode = 1;
} finally {
  await client.close();
}
