// Countersign as production runs it, in a temporary folder or on a PostgreSQL, with clients in it.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProgram } from "./processes.mjs";

export const PROJECT_ID = "bench";
/** Those of `npm start`. */
export const NODE_OPTIONS = ["--enable-source-maps", "--max-semi-space-size=8"];
const SECRET = randomBytes(24).toString("base64url");
/** Servers on one database have one. */
const MASTER_KEY = randomBytes(32).toString("base64url");
const AUTHORIZATION = `Basic ${Buffer.from(`${PROJECT_ID}:${SECRET}`).toString("base64")}`;

/** @param dataDir absent: a temporary one, which goes when the server stops */
export async function startServer({ databaseUrl, dataDir, env = {}, core } = {}) {
  const folder = dataDir ?? mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
  const program = await startProgram("dist/src/main.js", {
    options: NODE_OPTIONS,
    core,
    env: {
      NODE_ENV: "production",
      PUBLIC_URL: "http://localhost:4000",
      ALLOW_INSECURE_HTTP: "true",
      PORT: "0",
      DATA_DIR: folder,
      MASTER_KEY,
      BOOTSTRAP_PROJECT_ID: PROJECT_ID,
      BOOTSTRAP_PROJECT_SECRET: SECRET,
      ...(databaseUrl && { DATABASE_URL: databaseUrl }),
      ...env,
    },
    // The banner comes once all workers listen.
    ready: (output) =>
      /Countersign listens on/.test(output) &&
      /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1],
  });
  const url = program.answer;
  return {
    ...program,
    url,
    projectId: PROJECT_ID,
    authorization: AUTHORIZATION,
    operator: (query, variables) =>
      graphql(url, query, variables, { authorization: AUTHORIZATION }),
    anybody: (query, variables) => graphql(url, query, variables, {}),
    stop: async () => {
      await program.stop();
      if (!dataDir) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function graphql(url, query, variables, headers) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`${query}: ${JSON.stringify(errors[0])}`);
  return data;
}

export async function createClients({ operator }, count) {
  const clients = [];
  while (clients.length < count) {
    const { createClient } = await operator(
      `mutation ($input: CreateClientInput!) {
        createClient(input: $input) { client { clientId } clientSecret }
      }`,
      {
        input: {
          name: `Billing worker ${clients.length}`,
          scopes: ["read:invoices", "write:invoices"],
          trustedMetadata: { user_id: `user-${clients.length}` },
        },
      },
    );
    const { client, clientSecret } = createClient;
    clients.push({ clientId: client.clientId, clientSecret });
  }
  return clients;
}

const JSON_HEADERS = { "content-type": "application/json" };
const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" };

export function graphqlRequest(query, variables, headers = {}) {
  return {
    path: "/graphql",
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify({ query, variables }),
    contains: '{"data":{"',
  };
}

const ISSUE_TOKEN = `mutation IssueToken($input: IssueTokenInput!) {
  issueToken(input: $input) { accessToken tokenType expiresIn scope }
}`;

export function issueTokenRequest({ clientId, clientSecret }) {
  const request = graphqlRequest(ISSUE_TOKEN, { input: { clientId, clientSecret } });
  return { ...request, contains: '"accessToken":"ey' };
}

export function oauthTokenRequest(projectId, { clientId, clientSecret }) {
  return {
    path: `/projects/${projectId}/oauth/token`,
    headers: FORM_HEADERS,
    body: form({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    }),
    contains: '"access_token":"ey',
  };
}

export function form(parameters) {
  return new URLSearchParams(parameters).toString();
}
