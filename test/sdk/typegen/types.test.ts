import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { updateProject } from "../../support/operations.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { compile } from "./compile.js";
import { environmentOf, runTypegen, temporaryFolder } from "./typegen-command.js";

const CREATE_API = `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }`;

let server: TestServer;
let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
/** What the command has written of the project. */
let generated: string;

beforeAll(async () => {
  server = await startTestServer();
  temporary = await temporaryFolder();
  const apis = {
    "https://orders.example.com": ["orders:read", "orders:write", "reports:*"],
    "https://billing.example.com": ["invoices:read"],
  };
  for (const [identifier, scopes] of Object.entries(apis)) {
    await server.operator.request(CREATE_API, {
      input: { identifier, name: "An API", scopes: scopes.map((value) => ({ value })) },
    });
  }
  await updateProject(server.operator, {
    defaultAudience: "https://billing.example.com",
    claimsTemplate: `{ "tenant": "{{ client.owner.id }}", "plan": {{ client.trusted_metadata.plan }}, "version": 2 }`,
    sessionClaimsTemplate: `{ "email": {{ member.email_address }} }`,
  });
  await runTypegen(environmentOf(server), [], temporary.folder);
  generated = await readFile(path.join(temporary.folder, "countersign.d.ts"), "utf8");
});

afterAll(async () => {
  await server.stop();
  await temporary.remove();
});

const HEAD = `
import { createTokenSource, type TokenSource } from "@countersign/sdk/client";
import { createVerifier, type Verifier } from "@countersign/sdk/verify";
import * as express from "@countersign/sdk/express";
import * as fastify from "@countersign/sdk/fastify";
import * as hono from "@countersign/sdk/hono";
import * as graphql from "@countersign/sdk/graphql";
import type { Scope } from "@countersign/sdk";
const issuer = "https://auth.example.com";
const client = { issuer, clientId: "reports", clientSecret: "secret" };
const orders = createTokenSource({ ...client, audience: "https://orders.example.com" });
const verifier = createVerifier({ issuer, audience: "https://orders.example.com" });
`;

const RIGHT = `${HEAD}
createTokenSource({ ...client, audience: "https://orders.example.com", scopes: ["orders:read", "reports:daily"] });
createTokenSource({ ...client, scopes: ["invoices:read"] });
await orders.getToken({ scopes: ["orders:write", "reports:*"] });
await orders.getToken({ audience: "https://billing.example.com", scopes: ["invoices:read"] });
await orders.for({ audience: "https://billing.example.com" }).getToken({ scopes: ["invoices:read"] });
await verifier.verifyAccessToken("", { scopes: ["orders:read", "reports:daily"] });
express.requireAccessToken({ verifier, scopes: ["orders:read"] });
fastify.requireAccessToken({ verifier, scopes: ["orders:read"] });
hono.requireAccessToken({ verifier, scopes: ["orders:read"] });
graphql.requireAccessToken({ verifier, scopes: ["orders:read"] });
graphql.requireAccessToken({ verifier, scopes: ["orders:read"], optional: true });
graphql.requireScopes(["orders:read"], () => 1);
const anyVerifier: Verifier = verifier;
const anySource: TokenSource = orders;
express.requireAccessToken({ verifier: anyVerifier, scopes: ["of the project itself"] });
await anySource.getToken();
export const scopes: readonly Scope<"https://orders.example.com">[] = ["reports:*"];
`;

/** Behind each wrong line: the code of its error, and what it is about. 2820 proposes another spelling. */
const WRONG = `${HEAD}
createTokenSource({ ...client, audience: "https://orders.example.com", scopes: ["invoices:read"] }); // 2322 "invoices:read"
createTokenSource({ ...client, audience: "https://order.example.com" }); // 2820 audience
createTokenSource({ ...client, scopes: ["orders:read"] }); // 2322 "orders:read"
await orders.getToken({ scopes: ["orders:raed"] }); // 2820 "orders:raed"
await orders.getToken({ scopes: ["report:daily"] }); // 2322 "report:daily"
await orders.getToken({ audience: "https://billing.example.com", scopes: ["orders:read"] }); // 2322 "orders:read"
await orders.for({ audience: "https://billing.example.com" }).getToken({ scopes: ["orders:read"] }); // 2322 "orders:read"
createVerifier({ issuer, audience: "https://order.example.com" }); // 2820 audience
await verifier.verifyAccessToken("", { scopes: ["invoices:read"] }); // 2322 "invoices:read"
express.requireAccessToken({ verifier, scopes: ["invoices:read"] }); // 2322 "invoices:read"
fastify.requireAccessToken({ verifier, scopes: ["invoices:read"] }); // 2322 "invoices:read"
hono.requireAccessToken({ verifier, scopes: ["invoices:read"] }); // 2322 "invoices:read"
graphql.requireAccessToken({ verifier, scopes: ["invoices:read"] }); // 2769 "invoices:read"
graphql.requireScopes(["orders:raed"], () => 1); // 2820 "orders:raed"
export const scopes: readonly Scope<"https://orders.example.com">[] = ["orders:raed"]; // 2820 "orders:raed"
`;

const CLAIMS = `${HEAD}
const { claims } = await verifier.verifyAccessToken("");
export const tenant: string | undefined = claims.tenant;
export const version: 2 | undefined = claims.version;
export const plan: string = claims.plan; // 2322 plan
export const number: number | undefined = claims.tenant; // 2322 number
export const subject: string | undefined = claims.sub;
const session = await verifier.verifySession("");
export const email: number | undefined = session.claims.email; // 2322 email
const context = await graphql.requireAccessToken({ verifier })({} as Request);
export const tenantOfContext: boolean | undefined = context.accessToken.claims.tenant; // 2322 tenantOfContext
`;

/** The errors that the comments of a text name. */
function expected(file: string, text: string) {
  return text.split("\n").flatMap((code, index) => {
    const [, number, at] = /\/\/ (\d{4}) (.*)$/.exec(code) ?? [];
    return number ? [{ file, code: Number(number), line: index + 1, at }] : [];
  });
}

const withoutMessages = ({ diagnoses }: ReturnType<typeof compile>) =>
  diagnoses.map(({ message: _, ...diagnosis }) => diagnosis);

describe("with a project's types", () => {
  test("its scopes compile, for the audience that has them", () => {
    const files = { "countersign.d.ts": generated, "right.ts": RIGHT };
    expect(compile(files).diagnoses).toEqual([]);
  });

  test("a wrong scope or audience is a compile error where it stands", () => {
    const files = { "countersign.d.ts": generated, "wrong.ts": WRONG };
    const compiled = compile(files);
    expect(withoutMessages(compiled)).toEqual(expected("wrong.ts", WRONG));
    expect(compiled.diagnoses[0]?.message).toContain('"orders:read" | "orders:write"');
    expect(compiled.diagnoses[3]?.message).toMatch(/Did you mean '"orders:read"'\?$/);
  });

  test("claims have the types of their template", () => {
    const files = { "countersign.d.ts": generated, "claims.ts": CLAIMS };
    expect(withoutMessages(compile(files))).toEqual(expected("claims.ts", CLAIMS));
  });

  test("those of a second project stand beside them", () => {
    const second = `import type {} from "@countersign/sdk";
declare module "@countersign/sdk" {
  interface Register {
    "project-second": {
      apis: { "https://second.example.com": "second:read" };
      defaultAudience: "https://second.example.com";
      claims: { "tenant"?: number };
      sessionClaims: {};
    };
  }
}
`;
    const both = `${HEAD}
const second = createVerifier({ issuer, audience: "https://second.example.com" });
export const ofFirst: number = (await verifier.verifyAccessToken("")).claims.tenant; // 2322 ofFirst
export const ofSecond: number | undefined = (await second.verifyAccessToken("")).claims.tenant;
await second.verifyAccessToken("", { scopes: ["second:read"] });
await second.verifyAccessToken("", { scopes: ["orders:read"] }); // 2322 "orders:read"
const verifiers: readonly Verifier[] = [verifier, second];
`;
    const files = { "a.d.ts": generated, "b.d.ts": second, "both.ts": both };
    expect(withoutMessages(compile(files))).toEqual(expected("both.ts", both));
  });
});

describe("without generated types", () => {
  test("every scope and audience compiles, and claims are unknown", () => {
    const claims = `${HEAD}
const { claims } = await verifier.verifyAccessToken("");
export const tenant: string = claims["tenant"]; // 2322 tenant
`;
    const files = { "right.ts": RIGHT, "wrong.ts": WRONG, "claims.ts": claims };
    expect(withoutMessages(compile(files))).toEqual(expected("claims.ts", claims));
  });

  test("types name no audience: variables of two APIs take each other's place", () => {
    const text = `${HEAD}
let source = orders;
source = createTokenSource({ ...client, audience: "https://billing.example.com" });
let other = verifier;
other = createVerifier({ issuer, audience: "https://billing.example.com" });
export const hovered: { none: true } = [source, other]; // 2741 hovered
`;
    const { diagnoses } = compile({ "hover.ts": text });
    expect(diagnoses.map(({ code, at }) => [code, at])).toEqual([[2741, "hovered"]]);
    expect(diagnoses[0]?.message).toContain("(TokenSource<string> | Verifier<string>)[]");
  });
});
