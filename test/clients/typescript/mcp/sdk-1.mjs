import {
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
} from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { callTools } from "./call-tools.mjs";

await callTools(async ({ serverUrl, privateKey, ...credentials }) => {
  const authProvider = privateKey
    ? new PrivateKeyJwtProvider({ ...credentials, privateKey, algorithm: "ES256" })
    : new ClientCredentialsProvider(credentials);
  const client = new Client({ name: "agent", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider }));
  return client;
});
