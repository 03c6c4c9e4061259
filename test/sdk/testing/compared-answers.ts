import { expect } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { Answer, BothIssuers, Side } from "./both-issuers.js";

/** A request to both sides. What depends on a side's own tokens is a function of the side. */
export interface Compared {
  path?: string;
  method?: string;
  form?: Record<string, string> | [string, string][];
  json?: unknown;
  body?: string;
  headers?: Record<string, string>;
}

/** Sends the request to both sides, and compares all that is not random. @returns both answers, the server's first */
export async function expectSameAnswer(
  { sides }: BothIssuers,
  request: Compared | ((side: Side) => Compared | Promise<Compared>),
): Promise<[Answer, Answer]> {
  const answers: Answer[] = [];
  for (const side of sides) {
    const { path = "/oauth/token", ...init } =
      typeof request === "function" ? await request(side) : request;
    answers.push(await side.fetch(path, toInit(init)));
  }
  const [ofServer, ofTestIssuer] = answers as [Answer, Answer];
  expect(comparable(ofTestIssuer)).toEqual(comparable(ofServer));
  return [ofServer, ofTestIssuer];
}

function toInit({ method = "POST", form, json, body, headers = {} }: Compared): RequestInit {
  if (form) return { method, headers, body: new URLSearchParams(form) };
  if (json === undefined) return { method, headers, ...(body !== undefined && { body }) };
  const type = { "content-type": "application/json" };
  return { method, headers: { ...type, ...headers }, body: JSON.stringify(json) };
}

function comparable({ status, headers, body, text }: Answer) {
  return {
    status,
    headers,
    body: body ? withoutRandom(body) : isJwt(text) ? describeJwt(text) : text,
  };
}

const RANDOM = new Set(["jti", "kid", "n", "x", "y"]);

function withoutRandom(value: unknown): unknown {
  if (typeof value === "string") return isJwt(value) ? describeJwt(value) : value;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutRandom);
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, RANDOM.has(name) ? typeof item : withoutRandom(item)]),
  );
}

const isJwt = (text: string) => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

function describeJwt(jwt: string) {
  return {
    header: withoutRandom(decodeProtectedHeader(jwt)),
    claims: withoutRandom(decodeJwt(jwt)),
  };
}
