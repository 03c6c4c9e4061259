// An agent that proves itself with a private key (private_key_jwt), which never leaves it. Calls one tool:
//
//   MCP_SERVER_URL=… ISSUER=… CLIENT_ID=… PRIVATE_KEY_FILE=… node agent-with-key.ts refund_order 1001
import { readFileSync } from "node:fs";
import {
  Client,
  OAuthError,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";

const { MCP_SERVER_URL = "", ISSUER = "", CLIENT_ID = "", PRIVATE_KEY_FILE = "" } = process.env;
const [tool = "read_orders", orderId] = process.argv.slice(2);

const authProvider = new PrivateKeyJwtProvider({
  clientId: CLIENT_ID,
  privateKey: readFileSync(PRIVATE_KEY_FILE, "utf8"), // PKCS#8 in PEM
  algorithm: "ES256",
  expectedIssuer: ISSUER,
});
const client = new Client({ name: "agent-with-key", version: "1.0.0" });
try {
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
