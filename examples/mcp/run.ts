// `npm start`: starts Countersign and the MCP server, and shows what happens when agents call tools.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { freePort, play } from "../support/stage.ts";
import { Operator } from "./operator.ts";

await play(import.meta.dirname, async (stage) => {
  stage.tell("Countersign starts.");
  const { url, issuer, projectId, secret } = await stage.startCountersign();
  const operator = new Operator(url, projectId, secret);
  /** Runs an agent, which prints what it gets. */
  const runAgent = async (args: string[], settings: Record<string, string>, expectedCode = 0) => {
    const program = args[0] === "agent.py" ? "python3" : process.execPath;
    const { code } = await stage.run("agent", [program, ...args], settings);
    assert.equal(code, expectedCode);
  };

  stage.tell(
    "An operator makes the MCP server an API with two scopes, and starts it with its metadata.",
  );
  const serverUrl = `http://localhost:${await freePort()}/mcp`;
  const { apiId, protectedResourceMetadata } = await operator.registerServer(serverUrl);
  const metadataUrl = new URL("/.well-known/oauth-protected-resource/mcp", serverUrl);
  await stage.startServer("MCP server", "server.ts", metadataUrl.href, {
    PROTECTED_RESOURCE_METADATA: JSON.stringify(protectedResourceMetadata),
  });
  const common = { MCP_SERVER_URL: serverUrl, ISSUER: issuer };

  stage.tell("Agent 1 has a secret and the scope orders:read.");
  const reader = await operator.registerAgent("Reports");
  const grantOfReader = await operator.grant(apiId, reader.clientId, ["orders:read"]);
  const asReader = { ...common, CLIENT_ID: reader.clientId, CLIENT_SECRET: reader.clientSecret };
  await runAgent(["agent-with-secret.ts", "read_orders"], asReader);
  stage.tell(
    "It cannot refund: its SDK asks for the scopes that the 403 names, and may not have them.",
  );
  await runAgent(["agent-with-secret.ts", "refund_order", "1001"], asReader, 1);

  stage.tell(
    "Agent 2 has a private key and both scopes. Its SDK asks for them when the 403 names them.",
  );
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyFile = `${stage.temporary}/agent.pem`;
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const publicKeyPem = String(publicKey.export({ type: "spki", format: "pem" }));
  const refunder = await operator.registerAgentWithKey("Refunds", publicKeyPem);
  await operator.grant(apiId, refunder.clientId, ["orders:read", "orders:refund"]);
  const asRefunder = { ...common, CLIENT_ID: refunder.clientId, PRIVATE_KEY_FILE: keyFile };
  await runAgent(["agent-with-key.ts", "refund_order", "1001"], asRefunder);

  stage.tell("The operator grants agent 1 the second scope, and the same call works.");
  await operator.changeGrant(grantOfReader, ["orders:read", "orders:refund"]);
  await runAgent(["agent-with-secret.ts", "refund_order", "1002"], asReader);

  if (!(await stage.succeeds(["python3", "-c", "from mcp import Client"]))) {
    stage.tell(
      "Left out: the agent in Python, which needs `pip install -r examples/mcp/requirements.txt`.",
    );
    return;
  }
  stage.tell("The agent in Python does the same, here with the key of agent 2.");
  await runAgent(["agent.py", "refund_order", "1002"], asRefunder);
});
