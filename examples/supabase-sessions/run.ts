// `npm run example:supabase-sessions`: a user who has signed in at Supabase gets a session, uses it and ends it.
import assert from "node:assert/strict";
import { createManagementClient } from "@countersign/sdk/management";
import { decodeJwt } from "jose";
import { freePort, play } from "../support/stage.ts";
import { registerApplication, trustSupabase } from "./operator.ts";
import { startSupabaseAuth } from "./supabase-auth.ts";

await play(import.meta.dirname, async (stage) => {
  stage.tell("Countersign starts. An operator trusts the tokens of a Supabase project.");
  const supabase = await startSupabaseAuth(stage);
  // The stand-in is on this machine and speaks http.
  const countersign = await stage.startCountersign({ ALLOW_INSECURE_JWKS: "true" });
  const management = createManagementClient(countersign);
  const profileId = await trustSupabase(management, supabase.issuer);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  await stage.startServer("application", "app.ts", url, {
    COUNTERSIGN_URL: countersign.url,
    COUNTERSIGN_ISSUER: countersign.issuer,
    COUNTERSIGN_PROJECT_ID: countersign.projectId,
    COUNTERSIGN_SECRET: await registerApplication(management),
    PROFILE_ID: profileId,
    PORT: String(port),
  });
  /** What the user's browser sends to the application. */
  const send = async (method: string, path: string, cookies: string[], body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: { cookie: cookies.join("; "), "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    stage.show("browser", `${method} ${path} → ${response.status} ${text}`.trimEnd());
    const set = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    return { status: response.status, text, cookies: set };
  };

  stage.tell("Ada signs in at Supabase. The application exchanges her token for a session.");
  const token = await supabase.signIn("ada@example.com");
  const { sub, role } = decodeJwt(token);
  stage.show("Supabase", `token for ${sub}, ${role}`);
  const signedIn = await send("POST", "/session", [], { supabaseToken: token });
  assert.equal(signedIn.status, 201);
  assert.match(signedIn.text, /ada@example\.com/);
  const [sessionToken = "", sessionJwt = ""] = signedIn.cookies;

  stage.tell(
    "The application verifies her session JWT itself. When it has expired, it gets another.",
  );
  const me = await send("GET", "/me", [sessionToken, sessionJwt]);
  assert.equal(me.status, 200);
  assert.deepEqual(me.cookies, []);
  const later = await send("GET", "/me", [sessionToken]); // as if five minutes had passed
  assert.equal(later.text, me.text);
  assert.match(later.cookies.join(), /^session_jwt=/);

  stage.tell("Other tokens are refused, each for its reason.");
  const now = Math.floor(Date.now() / 1000);
  const foreign = await startSupabaseAuth(stage);
  const forger = await startSupabaseAuth(stage, supabase.issuer);
  const refused: [what: string, token: string, reason: string][] = [
    ["expired", await supabase.sign({ iat: now - 7200, exp: now - 3600 }), "EXPIRED"],
    ["of another project", await foreign.signIn("ada@example.com"), "ISSUER"],
    ["forged", await forger.signIn("ada@example.com"), "SIGNATURE"],
    ["of an anonymous user", await supabase.sign({ is_anonymous: true }), "CONDITION"],
  ];
  for (const [what, supabaseToken, reason] of refused) {
    stage.show("browser", `sends a token that is ${what}`);
    const answer = await send("POST", "/session", [], { supabaseToken });
    assert.equal(answer.status, 401);
    assert.equal(JSON.parse(answer.text).reason, reason);
  }

  stage.tell("Ada signs out. Her session token is worth nothing.");
  assert.equal((await send("DELETE", "/session", [sessionToken, sessionJwt])).status, 204);
  assert.equal((await send("GET", "/me", [sessionToken])).status, 401);

  stage.tell("With publicExchange, pages of one origin exchange tokens themselves, without a key.");
  const origin = "https://app.example.com";
  await management.updateProfile({ profileId, publicExchange: true, allowedOrigins: [origin] });
  const endpoint = `${countersign.url}/graphql`;
  for (const page of [origin, "https://elsewhere.example.com"]) {
    const { headers } = await fetch(endpoint, {
      method: "OPTIONS",
      headers: {
        origin: page,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    const isAllowed = headers.get("access-control-allow-origin") === page;
    stage.show(page, isAllowed ? "its browser may ask" : "its browser asks nothing");
    assert.equal(isAllowed, page === origin);
  }
  const query = `mutation ($input: AttestSessionInput!) {
    attestSession(input: $input) { member { emailAddress } }
  }`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input: { profileId, token } } }),
  });
  const { data } = (await answer.json()) as { data: { attestSession: { member: object } } };
  stage.show(origin, `a session of ${JSON.stringify(data.attestSession.member)}`);
  assert.deepEqual(data.attestSession.member, { emailAddress: "ada@example.com" });
});
