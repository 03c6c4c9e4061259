// An application on an edge runtime. What it holds it makes at start, outside of any request, as is usual there.
import { createTokenSource } from "@countersign/sdk/client";
import { requireAccessToken } from "@countersign/sdk/hono";
import { createManagementClient } from "@countersign/sdk/management";
import { createVerifier } from "@countersign/sdk/verify";
import { Hono } from "hono";

/** Put in by the bundler. */
declare const SETTINGS: {
  url: string;
  issuer: string;
  projectId: string;
  secret: string;
  clientId: string;
  clientSecret: string;
  audience: string;
};

const { url, issuer, projectId, secret, clientId, clientSecret, audience } = SETTINGS;
const tokens = createTokenSource({ issuer, clientId, clientSecret, audience });
const bound = createTokenSource({ issuer, clientId, clientSecret, audience, dpop: true });
const verifier = createVerifier({ issuer, audience });
const management = createManagementClient({ url, projectId, secret });

const app = new Hono();
app.get("/orders", requireAccessToken({ verifier, scopes: ["orders:read"] }), (context) =>
  context.json([]),
);
app.get("/token", async (context) => {
  const { accessToken } = await tokens.getToken();
  const { clientId: caller } = await verifier.verifyAccessToken(accessToken);
  return context.text(caller);
});
app.get("/call", async (context) => {
  const orders = new URL("/orders", context.req.url);
  const answers = await Promise.all([fetch(orders), tokens.fetch(orders), bound.fetch(orders)]);
  return context.json(answers.map(({ status }) => status));
});
app.get("/rotate", async (context) => {
  const { client, clientSecret: first } = await management.createClient({
    name: "On the edge",
    scopes: [],
  });
  const handedOut: string[] = [];
  await management.rotate(client.clientId, {
    distribute: (nextSecret) => {
      handedOut.push(nextSecret);
    },
  });
  return context.json({ isAnother: handedOut[0] !== first, count: handedOut.length });
});

export default { fetch: app.fetch };
