// A stand-in for Supabase Auth: the claims, the key set and the endpoint of a Supabase project with signing keys.
import { randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Stage } from "../support/stage.ts";

export interface SupabaseAuth {
  issuer: string;
  /** An access token, as `supabase.auth.getSession()` has it. */
  signIn(email: string): Promise<string>;
  /** A token with other claims than those of a user who has just signed in. */
  sign(claims: object): Promise<string>;
}

/** @param signsAs issuer whose tokens it makes, for a story of forgery; its own if absent */
export async function startSupabaseAuth(stage: Stage, signsAs?: string): Promise<SupabaseAuth> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const kid = "supabase-1";
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" }];

  const url = await stage.serve(
    createServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? "", url);
      if (pathname === "/auth/v1/.well-known/jwks.json") answer(response, { keys });
      else if (pathname === "/auth/v1/token") {
        const { email } = JSON.parse(Buffer.concat(await request.toArray()).toString());
        answer(response, { access_token: await sign({ email }), token_type: "bearer" });
      } else response.writeHead(404).end();
    }),
  );
  const issuer = signsAs ?? `${url}/auth/v1`;

  /** The claims are those of https://supabase.com/docs/guides/auth/jwt-fields */
  function sign(claims: object) {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: issuer,
      sub: randomUUID(),
      aud: "authenticated",
      iat: now,
      exp: now + 3600,
      role: "authenticated",
      aal: "aal1",
      amr: [{ method: "password", timestamp: now }],
      session_id: randomUUID(),
      email: "",
      phone: "",
      is_anonymous: false,
      app_metadata: { provider: "email", providers: ["email"] },
      user_metadata: { name: "Ada Lovelace" },
      ...claims,
    })
      .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
      .sign(privateKey);
  }

  return {
    issuer,
    sign,
    signIn: async (email) => {
      const response = await fetch(`${url}/auth/v1/token?grant_type=password`, {
        method: "POST",
        body: JSON.stringify({ email, password: "not looked at" }),
      });
      const session = (await response.json()) as { access_token: string };
      return session.access_token;
    },
  };
}

function answer(response: ServerResponse, body: object) {
  response.setHeader("content-type", "application/json").end(JSON.stringify(body));
}
