import { createHash, randomUUID } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { systemClock } from "../../src/shared/clock.js";
import {
  apiInput,
  type ClientKey,
  CREATE_API,
  CREATE_GRANT,
  clientKey,
  dpopProof,
  requestToken,
} from "../oauth/oauth-operations.js";
import { packSdk } from "../sdk/package/packed-sdk.js";
import { FrozenClock } from "../support/frozen-clock.js";
import { CREATE_CLIENT, IMPORT_CLIENT, ISSUE_TOKEN } from "../support/operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import type { PageRun } from "./page-run.js";

export const clientOfReader = ({ ask }: PageRun, input: object = {}) =>
  ask(CREATE_CLIENT, {
    input: { name: "A client of the reader", scopes: ["read:users"], ...input },
  });

export const currentCredentials = ({ known }: PageRun) => ({
  clientId: known.text("clientId"),
  clientSecret: known.text("clientSecret"),
});

export async function tokenOfReader(reader: PageRun) {
  await clientOfReader(reader);
  await reader.ask(ISSUE_TOKEN, { input: currentCredentials(reader) });
}

const REPLACE_KEYS = `mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { profile { issuer audience claimConditions { claim values } } }
}`;

interface ProfileView {
  issuer: string;
  audience: string;
  claimConditions: { claim: string; values: string[] }[];
}

/**
 * A token that the last profile of the page accepts, of a user or of a job. A key of this test takes the place of the
 * profile's keys, which are on the network.
 */
export async function foreignToken({ ask, known }: PageRun): Promise<string> {
  const { pem, token } = await foreignIssuer(systemClock);
  const input = { profileId: known.get("profileId"), keys: { publicKeys: [{ pem }] } };
  const profile: ProfileView = (await ask(REPLACE_KEYS, { input })).updateProfile.profile;
  const { issuer, audience, claimConditions } = profile;
  const required = claimConditions.map(({ claim, values: [value] }) => [claim, value]);
  return token({ iss: issuer, aud: audience, ...Object.fromEntries(required) });
}

/** An API that the client of the reader may call with a scope. */
async function apiOfClient(reader: PageRun, input: object = {}) {
  await clientOfReader(reader);
  await reader.ask(CREATE_API, { input: apiInput(input) });
  const { clientId, apiId } = idsIn(reader);
  await reader.ask(CREATE_GRANT, { input: { clientId, apiId, allScopes: true } });
}

const idsIn = ({ known }: PageRun) => ({
  clientId: known.text("clientId"),
  apiId: known.text("apiId"),
});

export const gatewayClient = (reader: PageRun) =>
  apiOfClient(reader, {
    identifier: "https://orders.example.com",
    scopes: [{ value: "read:orders" }],
  });

const SET_ISSUER = `mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) { project { issuer } }
}`;

export const issuerAtRoot = ({ ask, server }: PageRun) =>
  ask(SET_ISSUER, { input: { issuer: `${server.publicUrl}/` } });

const INTROSPECTED = `mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) { project { introspectionClientId } }
}`;

/** Leaves the client of a resource server, which may ask about a token of another one, and an API. */
export async function askedByResourceServer(reader: PageRun) {
  await tokenOfReader(reader);
  await apiOfClient(reader);
  const { clientId: introspectionClientId } = idsIn(reader);
  await reader.ask(INTROSPECTED, { input: { introspectionClientId } });
}

const CREATE_ORGANIZATION = `mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { organizationId } }
}`;

export const customer = ({ ask }: PageRun) => ask(CREATE_ORGANIZATION, { input: { name: "Acme" } });

/** A client that is moving in, and the public key of its service user. */
export async function keyOfServiceUser({ ask, known }: PageRun) {
  known.set("pem", (await clientKey("RS256")).pem);
  const input = { clientId: "billing-worker", clientSecret: randomUUID() + randomUUID() };
  await ask(IMPORT_CLIENT, { input });
}

/** A program of the guide has been copied, and step 1 of it is done. */
export async function mcpServer(reader: PageRun) {
  for (const file of ["server.ts", "agent-with-secret.ts"]) {
    copyFileSync(`examples/mcp/${file}`, `${reader.folder}/${file}`);
  }
  await apiOfClient(reader, {
    identifier: reader.onFreePorts("http://localhost:3000/mcp"),
    tokenProfile: "RFC9068",
    scopes: [{ value: "orders:read" }, { value: "orders:refund" }],
    advertisedScopes: ["orders:read"],
  });
  await reader.ask("query ($apiId: ID!) { api(apiId: $apiId) { protectedResourceMetadata } }", {
    apiId: idsIn(reader).apiId,
  });
}

export const packedSdk = ({ folder }: PageRun) => packSdk(folder);

const CREATE_PROJECT = `mutation ($input: CreateProjectInput!) {
  createProject(input: $input) { project { projectId } secret }
}`;

/** Files with the secrets of two projects, and a program that compiles. */
export async function projectsWithTypes({ ask, folder, server }: PageRun) {
  const { secret } = (
    await ask(CREATE_PROJECT, { input: { name: "Billing", environment: "TEST" } })
  ).createProject;
  for (const name of ["countersign", "orders"]) {
    writeFileSync(`${folder}/secrets-of-${name}`, server.managementSecret);
  }
  writeFileSync(`${folder}/secrets-of-billing`, secret);
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ include: ["*.d.ts"] }));
}

/** A server whose next signing key has been published for long enough. */
export const serverOfYesterday = () => {
  const clock = new FrozenClock();
  return { settings: { clock }, before: () => clock.advance(24 * 3600) };
};

let key: ClientKey;

/** An access token of the client of the reader that is bound to a key. */
export async function boundToken(reader: PageRun) {
  const { server } = reader;
  key = await clientKey();
  const claims = { htu: `${server.issuer}/oauth/token`, iat: now() };
  const ask = async (nonce?: string | null) =>
    requestToken(
      server,
      currentCredentials(reader),
      {},
      {
        dpop: await dpopProof(server, key, { claims: { ...claims, nonce } }),
      },
    );
  const { body } = await ask((await ask()).headers.get("dpop-nonce"));
  reader.known.set("boundToken", body.access_token);
  return body.access_token;
}

/** The proof that a request with this token brings along. */
export const proofOfBoundToken = ({ server, known }: PageRun) =>
  dpopProof(server, key, {
    claims: {
      htm: "GET",
      htu: "https://api.example.com/orders",
      iat: now(),
      ath: createHash("sha256").update(known.text("boundToken")).digest("base64url"),
    },
  });

const now = () => Math.floor(Date.now() / 1000);
