import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import {
  type ApiView,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
} from "../oauth/oauth-operations.js";
import { githubProfile } from "../oauth/token-exchange-operations.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

export const PAGE_ORIGIN = "https://app.example.com";
/** How a trusted proxy, such as a gateway, sends a request on. */
export const FORWARDED = {
  "x-forwarded-for": "192.0.2.1",
  "x-forwarded-method": "POST",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "api.example.com",
  "x-forwarded-uri": "/orders",
};

/** A server with one of each that the routes need. */
export interface World {
  server: TestServer;
  api: ApiView;
  /** An API whose token errors are Auth0's. */
  auth0Api: ApiView;
  client: ClientView & Credentials;
  otherClient: ClientView & Credentials;
  /** May not use the client credentials grant. */
  withoutGrant: ClientView & Credentials;
  /** Authenticates with `key`. */
  keyClient: ClientView;
  key: ClientKey;
  workloads: ForeignIssuer;
  token: string;
  /** A token that may register clients, and one that may not. */
  registrarToken: string;
  powerlessToken: string;
}

/** A folder as the explorer's build leaves it, with a file of each kind. */
function builtExplorer(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "explorer-"));
  mkdirSync(path.join(folder, "files"));
  writeFileSync(path.join(folder, "index.html"), "<html></html>");
  for (const file of ["a.js", "a.css", "a.svg", "a.ttf"]) {
    writeFileSync(path.join(folder, "files", file), file);
  }
  writeFileSync(path.join(folder, "files", "a.js.gz"), gzipSync("a.js"));
  return folder;
}

export async function createWorld(): Promise<World> {
  const server = await startTestServer({
    trustedProxies: ["127.0.0.1"],
    allowedOrigins: [PAGE_ORIGIN],
    explorer: "graphiql",
    explorerFolder: builtExplorer(),
    allowsHostedSandbox: true,
  });
  server.traffic.includeGraphql();
  const { operator } = server;
  const scopes = [{ value: "read:orders" }];
  const api = await createApi(operator, {
    identifier: "https://api.example.com",
    advertisedScopes: ["read:orders"],
    scopes,
  });
  const auth0Api = await createApi(operator, { tokenProfile: "AUTH0", scopes });
  const client = await createClient(operator, { scopes: ["read:orders"] });
  const withoutGrant = await createClient(operator, { grantTypes: [] });
  const key = await clientKey();
  const keyClient = await createClient(operator, {
    tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
    keys: { publicKeys: [{ pem: key.pem }] },
  });
  const workloads = await foreignIssuer(server.clock);
  await githubProfile(operator, workloads, client.clientId);
  for (const each of [api, auth0Api]) await createGrant(operator, client, each);
  const management = await createApi(operator, {
    identifier: `${issuerFor(server)}/graphql`,
    scopes: [{ value: "clients:register" }, { value: "clients:read" }],
  });
  const registrar = await createClient(operator, { scopes: ["read:orders"] });
  await createGrant(operator, registrar, management);
  const powerless = await createClient(operator);
  await createGrant(operator, powerless, management, { scopes: ["clients:read"] });
  await updateProject(operator, { allowBasicVerification: true });
  const audience = management.identifier;
  return {
    server,
    api,
    auth0Api,
    client,
    otherClient: await createClient(operator),
    withoutGrant,
    keyClient,
    key,
    workloads,
    token: await issueAccessToken(server, client, { audience: api.identifier }),
    registrarToken: await issueAccessToken(server, registrar, { audience }),
    powerlessToken: await issueAccessToken(server, powerless, { audience }),
  };
}
