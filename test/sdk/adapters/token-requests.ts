import { createHash } from "node:crypto";
import http from "node:http";
import { text } from "node:stream/consumers";
import { createVerifier } from "@countersign/sdk/verify";
import {
  clientKey,
  createApi,
  createGrant,
  dpopProof,
  issueAccessToken,
  requestToken,
} from "../../oauth/oauth-operations.js";
import { createSessionMember } from "../../sessions/session-operations.js";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { createClient } from "../../support/operations.js";
import { type AdapterServer, FURTHER_SCOPE, SCOPE } from "./adapter-servers.js";

export interface Sent {
  method?: string;
  /** Several values are several fields. */
  headers?: Record<string, string | string[]>;
  /** Of the request line; absent: path and query of the URL. */
  target?: string;
}

export interface Verdict {
  status: number;
  /** `error` of the challenge; null: the challenge has none, or there is no challenge */
  error: string | null;
}

export interface Answer extends Verdict {
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the members that it expects
  body: any;
}

const agent = new http.Agent({ keepAlive: true });

/** Sends what `fetch` does not: several fields of one name, and any Host. */
export async function send(url: string, sent: Sent & { body?: string }): Promise<Answer> {
  const response = await new Promise<http.IncomingMessage>((answered, failed) => {
    const type = sent.body && { "content-type": "application/json" };
    const { method = "GET", headers, target } = sent;
    const path = target && { path: target };
    const request = http.request(url, { method, headers: { ...headers, ...type }, agent, ...path });
    request.once("response", answered).once("error", failed).end(sent.body);
  });
  const content = await text(response);
  const headers = new Headers(response.headers as Record<string, string>);
  const isJson = headers.get("content-type")?.includes("json") && content !== "";
  return {
    status: response.statusCode ?? 0,
    error: /\berror="([^"]*)"/.exec(headers.get("www-authenticate") ?? "")?.[1] ?? null,
    headers,
    body: isJson ? JSON.parse(content) : content,
  };
}

/** What needs the scope, or another route of REST. */
export function ask(server: AdapterServer, sent: Sent, path = ""): Promise<Answer> {
  const { method, body } = server;
  return send(server.url + path, { method, ...sent, ...(body && { body }) });
}

/** How the server's own endpoint for gateways judges the same request. */
export function askIssuer(
  { issuer }: LiveServer,
  { identifier, scopes = [SCOPE] }: { identifier: string; scopes?: readonly string[] },
  { method, url }: AdapterServer,
  { headers }: Sent,
): Promise<Answer> {
  const { host, pathname, search } = new URL(url);
  const query = new URLSearchParams({ audience: identifier });
  if (scopes.length > 0) query.set("scope", scopes.join(" "));
  return send(`${issuer}/oauth/verify?${query}`, {
    headers: {
      ...headers,
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-method": method,
      "x-forwarded-proto": "http",
      "x-forwarded-host": host,
      "x-forwarded-uri": pathname + search,
    },
  });
}

/** An issuer with an API, and what its clients and members may present to it. */
export async function startIssuer() {
  const clock = {
    offsetSeconds: 0,
    now: () => new Date(Date.now() + clock.offsetSeconds * 1000),
  };
  const server = await startLiveServer({ clock, trustedProxies: ["127.0.0.1"] });
  const { operator, issuer } = server;
  const scopes = [{ value: SCOPE }, { value: FURTHER_SCOPE }, { value: "users:read" }];
  const api = await createApi(operator, { tokenProfile: "RFC9068", scopes });
  const audience = api.identifier;
  const client = await createClient(operator);
  await createGrant(operator, client, api);
  const issue = (scope: string) => issueAccessToken(server, client, { audience, scope });

  clock.offsetSeconds = -86_400;
  const expired = await issue(SCOPE);
  clock.offsetSeconds = 0;
  const member = await createSessionMember({ clock }, operator);
  const key = await clientKey();
  const first = { dpop: await proofFor({ htu: `${issuer}/oauth/token` }) };
  const parameters = { audience, scope: SCOPE };
  const nonce = (await requestToken(server, client, parameters, first)).headers.get("dpop-nonce");
  const second = { dpop: await proofFor({ htu: `${issuer}/oauth/token`, nonce }) };
  const issued = await requestToken(server, client, parameters, second);
  if (issued.status !== 200) throw new Error(`expected a bound token: ${issued.text}`);
  const bound: string = issued.body.access_token;

  function proofFor(claims: object, signer = key) {
    const iat = Math.floor(Date.now() / 1000);
    return dpopProof(server, signer, { claims: { iat, ...claims } });
  }

  return {
    server,
    audience,
    clientId: client.clientId,
    memberId: member.memberId,
    verifier: () => createVerifier({ issuer, audience }),
    tokens: {
      good: await issue(SCOPE),
      further: await issue(`${SCOPE} ${FURTHER_SCOPE}`),
      ofAnotherScope: await issue("users:read"),
      ofAnotherAudience: await issueAccessToken(server, client),
      expired,
      session: (await member.startSession()).sessionJwt,
      bound,
    },
    /** A proof for the bound token at a server, changed by `claims`. */
    proof: ({ method, url }: Pick<AdapterServer, "method" | "url">, claims = {}, signer = key) => {
      const ath = createHash("sha256").update(bound).digest("base64url");
      return proofFor({ htm: method, htu: url, ath, ...claims }, signer);
    },
  };
}
