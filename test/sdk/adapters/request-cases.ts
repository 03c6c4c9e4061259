import { clientKey } from "../../oauth/oauth-operations.js";
import { basicAuthorization } from "../../support/graphql-client.js";
import type { AdapterServer } from "./adapter-servers.js";
import type { Sent, startIssuer } from "./token-requests.js";

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

export interface Case {
  title: string;
  /** Status, and `error` of the challenge. */
  verdict: string;
  request(issuer: Issuer, to: AdapterServer): Promise<Sent> | Sent;
  query?: string;
  /** What the server's `/oauth/verify` cannot be asked, which takes the gateway's query for its own. */
  notAtIssuer?: true;
  /** GraphQL Yoga on Node.js passes on the first of several fields alone. */
  notAtYoga?: true;
}

const bearer = (token: string, scheme = "Bearer"): Sent => ({
  headers: { authorization: `${scheme} ${token}` },
});
export const withProof = (
  { tokens }: Issuer,
  dpop: string | string[],
  token = tokens.bound,
): Sent => ({
  headers: { authorization: `DPoP ${token}`, dpop },
});

/** Requests with one trait each, and how every adapter must answer. */
export const CASES: readonly Case[] = [
  { title: "a token", verdict: "200", request: ({ tokens }) => bearer(tokens.good) },
  {
    title: "the scheme in lower case",
    verdict: "200",
    request: ({ tokens }) => bearer(tokens.good, "bearer"),
  },
  {
    title: "spaces around the token",
    verdict: "200",
    request: ({ tokens }) => bearer(`  ${tokens.good}  `),
  },
  { title: "no header", verdict: "401", request: () => ({}) },
  { title: "an empty header", verdict: "401", request: () => ({ headers: { authorization: "" } }) },
  {
    title: "HTTP Basic",
    verdict: "401",
    request: () => ({ headers: { authorization: basicAuthorization("a", "b") } }),
  },
  { title: "another scheme", verdict: "401", request: ({ tokens }) => bearer(tokens.good, "JWT") },
  {
    title: "a scheme that begins as Bearer",
    verdict: "401",
    request: ({ tokens }) => bearer(tokens.good, "Bearerx"),
  },
  {
    title: "no scheme",
    verdict: "401",
    request: ({ tokens }) => ({ headers: { authorization: tokens.good } }),
  },
  { title: "a scheme alone", verdict: "401 invalid_token", request: () => bearer("") },
  { title: "no JWT", verdict: "401 invalid_token", request: () => bearer("not.a.token") },
  {
    title: "two tokens in one field",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(`${tokens.good} ${tokens.good}`),
  },
  {
    title: "a token and a comma",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(`${tokens.good},`),
  },
  {
    title: "a token with a forged signature",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(`${tokens.good.slice(0, -8)}AAAAAAAA`),
  },
  {
    title: "an expired token",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(tokens.expired),
  },
  {
    title: "a token for another audience",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(tokens.ofAnotherAudience),
  },
  {
    title: "a session JWT",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(tokens.session),
  },
  {
    title: "a token longer than any",
    verdict: "401 invalid_token",
    request: () => bearer("a".repeat(15_000)),
  },
  {
    title: "a token that lacks the scope",
    verdict: "403 insufficient_scope",
    request: ({ tokens }) => bearer(tokens.ofAnotherScope),
  },
  {
    title: "two fields of Authorization",
    verdict: "400 invalid_request",
    request: ({ tokens: { good } }) => ({
      headers: { authorization: [`Bearer ${good}`, `Bearer ${good}`] },
    }),
    notAtIssuer: true,
    notAtYoga: true,
  },
  {
    title: "a token beside HTTP Basic",
    verdict: "400 invalid_request",
    request: ({ tokens: { good } }) => ({
      headers: { authorization: [basicAuthorization("a", "b"), `Bearer ${good}`] },
    }),
    notAtIssuer: true,
    notAtYoga: true,
  },
  {
    title: "a token in the query alone",
    verdict: "401",
    request: () => ({}),
    query: "access_token",
    notAtIssuer: true,
  },
  {
    title: "a token in both places",
    verdict: "400 invalid_request",
    request: ({ tokens }) => bearer(tokens.good),
    query: "access_token",
    notAtIssuer: true,
  },
  {
    title: "a bound token with its proof",
    verdict: "200",
    request: async (issuer, to) => withProof(issuer, await issuer.proof(to)),
  },
  {
    title: "the scheme of a proof in lower case",
    verdict: "200",
    request: async ({ tokens, proof }, to) => ({
      headers: { authorization: `dpop ${tokens.bound}`, dpop: await proof(to) },
    }),
  },
  {
    title: "a bound token as Bearer",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(tokens.bound),
  },
  {
    title: "a bound token as Bearer beside its proof",
    verdict: "401 invalid_token",
    request: async ({ tokens, proof }, to) => ({
      headers: { authorization: `Bearer ${tokens.bound}`, dpop: await proof(to) },
    }),
  },
  {
    title: "a bound token without a proof",
    verdict: "401 invalid_dpop_proof",
    request: ({ tokens }) => bearer(tokens.bound, "DPoP"),
  },
  {
    title: "a bound token with two proofs",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) =>
      withProof(issuer, [await issuer.proof(to), await issuer.proof(to)]),
  },
  {
    title: "the proof of another method",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) => withProof(issuer, await issuer.proof(to, { htm: "PUT" })),
  },
  {
    title: "the proof of another path",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) =>
      withProof(issuer, await issuer.proof(to, { htu: `${to.url}/refunds` })),
  },
  {
    title: "the proof of another host",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) =>
      withProof(issuer, await issuer.proof(to, { htu: "https://api.example.com/orders" })),
  },
  {
    title: "the proof of another token",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) => withProof(issuer, await issuer.proof(to, { ath: "x" })),
  },
  {
    title: "the proof of another key",
    verdict: "401 invalid_dpop_proof",
    request: async (issuer, to) => withProof(issuer, await issuer.proof(to, {}, await clientKey())),
  },
  {
    title: "an unbound token with a proof",
    verdict: "401 invalid_token",
    request: async (issuer, to) => withProof(issuer, await issuer.proof(to), issuer.tokens.good),
  },
  {
    title: "an unbound token as DPoP without a proof",
    verdict: "401 invalid_dpop_proof",
    request: ({ tokens }) => bearer(tokens.good, "DPoP"),
  },
  {
    title: "an expired token as DPoP without a proof",
    verdict: "401 invalid_token",
    request: ({ tokens }) => bearer(tokens.expired, "DPoP"),
  },
];
