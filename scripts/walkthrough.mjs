// The README's walk-through, performed against a running server:
//
//   COUNTERSIGN_PROJECT_ID=… COUNTERSIGN_SECRET=… npm run walkthrough
//
// The server must run with ALLOW_INSECURE_JWKS=true, because the identity provider of the third
// part is a program on this machine. What is made here is deleted again at the end.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";

const url = process.env.COUNTERSIGN_URL ?? "http://localhost:4000";
const projectId = process.env.COUNTERSIGN_PROJECT_ID;
const secret = process.env.COUNTERSIGN_SECRET;

/** Runs a GraphQL operation as an operator's backend would. */
async function operator(query, variables) {
  return graphql(query, variables, {
    authorization: `Basic ${Buffer.from(`${projectId}:${secret}`).toString("base64")}`,
  });
}

/** Runs a GraphQL operation that needs no management key. */
async function anonymous(query, variables) {
  return graphql(query, variables, {});
}

async function graphql(query, variables, headers) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  }).catch(() => stop(`There is no server at ${url}: start it, or set COUNTERSIGN_URL.`));
  const { data, errors } = await response.json();
  if (errors) failWithHint(errors[0]);
  return data;
}

function failWithHint({ message, extensions }) {
  const hints = {
    UNAUTHENTICATED: "Are COUNTERSIGN_PROJECT_ID and COUNTERSIGN_SECRET those of this server?",
    BAD_USER_INPUT: "Does the server run with ALLOW_INSECURE_JWKS=true?",
  };
  stop([`${extensions.code}: ${message}`, hints[extensions.code]].filter(Boolean).join("\n"));
}

function stop(sentence) {
  throw new Error(sentence);
}

/** What deletes again what was made, the last first. */
const undo = [];

const ISSUE_TOKEN = `mutation IssueToken($input: IssueTokenInput!) {
  issueToken(input: $input) { accessToken tokenType expiresIn scope }
}`;

/** What every API does with an access token: verify it with the project's public keys. */
async function verify(accessToken, issuer) {
  const keys = createRemoteJWKSet(new URL(`${url}/projects/${projectId}/.well-known/jwks.json`));
  return jwtVerify(accessToken, keys, { issuer, audience: projectId, requiredClaims: ["exp"] });
}

async function importedClient(issuer) {
  console.log("\n1. A client that moves in from Auth0 keeps its id and its secret");
  const clientId = randomBytes(16).toString("hex");
  const clientSecret = randomBytes(48).toString("base64url");
  await operator(
    `mutation ImportClient($input: ImportClientInput!) {
      importClient(input: $input) { client { clientId name scopes secrets { lastFour } } }
    }`,
    {
      input: {
        clientId,
        clientSecret,
        name: "Billing worker",
        scopes: ["read:invoices", "write:invoices"],
      },
    },
  );
  undo.push(() => deleteClient(clientId));
  const { issueToken } = await anonymous(ISSUE_TOKEN, { input: { clientId, clientSecret } });
  const { payload } = await verify(issueToken.accessToken, issuer);
  assert.equal(payload.iss, issuer);
  assert.ok(payload.iss.includes(projectId));
  assert.equal(payload.sub, clientId);
  assert.equal(payload.client_id, clientId);
  assert.deepEqual(payload.aud, [projectId]);
  assert.equal(payload.scope, "read:invoices write:invoices");
  assert.equal(payload.nbf, payload.iat);
  assert.equal(payload.exp - payload.iat, issueToken.expiresIn);
  show(payload);
}

async function userOwnedClient({ issuer, claimsTemplate }) {
  console.log("\n2. A client that belongs to a user: the API learns who that is from the token");
  await changeClaimsTemplate(`{ "user_id": {{ client.trusted_metadata.user_id }} }`);
  undo.push(() => changeClaimsTemplate(claimsTemplate));
  const { createClient } = await operator(
    `mutation CreateClient($input: CreateClientInput!) {
      createClient(input: $input) { client { clientId } clientSecret }
    }`,
    {
      input: {
        name: "Ada's API key",
        scopes: ["read:invoices"],
        trustedMetadata: { user_id: "user-ada-1815" },
      },
    },
  );
  const { clientId } = createClient.client;
  undo.push(() => deleteClient(clientId));
  const { issueToken } = await anonymous(ISSUE_TOKEN, {
    input: { clientId, clientSecret: createClient.clientSecret },
  });
  const { payload } = await verify(issueToken.accessToken, issuer);
  assert.equal(payload.user_id, "user-ada-1815");
  show(payload);
}

async function attestedSession() {
  console.log("\n3. A user who has signed in elsewhere gets a session of ours");
  const { startIdentityProvider } = await import("./walkthrough-identity-provider.mjs");
  const provider = await startIdentityProvider();
  try {
    const { createOrganization } = await operator(
      `mutation CreateOrganization($input: CreateOrganizationInput!) {
        createOrganization(input: $input) { organization { organizationId slug } }
      }`,
      { input: { name: "Analytical Engines" } },
    );
    const { organizationId } = createOrganization.organization;
    undo.push(() =>
      operator(
        `mutation ($input: DeleteOrganizationInput!) {
          deleteOrganization(input: $input) { organizationId }
        }`,
        { input: { organizationId } },
      ),
    );
    await operator(
      `mutation CreateMember($input: CreateMemberInput!) {
        createMember(input: $input) { member { memberId } }
      }`,
      { input: { organizationId, emailAddress: "ada@example.com", name: "Ada" } },
    );
    const { createProfile } = await operator(
      `mutation CreateProfile($input: CreateProfileInput!) {
        createProfile(input: $input) { profile { profileId } }
      }`,
      {
        input: {
          name: "Supabase",
          issuer: provider.issuer,
          audience: "authenticated",
          keys: { jwksUrl: provider.jwksUrl },
          attributeMapping: { email: "email", tokenId: "session_id" },
          canJitProvision: false,
        },
      },
    );
    const { profileId } = createProfile.profile;
    undo.push(() =>
      operator(
        `mutation ($input: DeleteProfileInput!) { deleteProfile(input: $input) { profileId } }`,
        { input: { profileId } },
      ),
    );
    const token = await provider.signIn("ada@example.com");
    const { attestSession } = await operator(
      `mutation AttestSession($input: AttestSessionInput!) {
        attestSession(input: $input) {
          session { sessionId expiresAt authenticationFactors { type } }
          member { memberId emailAddress }
          sessionToken
          sessionJwt
        }
      }`,
      { input: { profileId, token, organizationId, sessionDurationMinutes: 60 } },
    );
    assert.equal(attestSession.member.emailAddress, "ada@example.com");
    const { authenticateSession } = await anonymous(
      `mutation AuthenticateSession($input: AuthenticateSessionInput!) {
        authenticateSession(input: $input) { session { sessionId } member { emailAddress } }
      }`,
      { input: { credential: { sessionToken: attestSession.sessionToken } } },
    );
    assert.equal(authenticateSession.session.sessionId, attestSession.session.sessionId);
    show(attestSession.session);
  } finally {
    await provider.stop();
  }
}

function changeClaimsTemplate(claimsTemplate) {
  return operator(
    `mutation UpdateProject($input: UpdateProjectInput!) {
      updateProject(input: $input) { project { claimsTemplate } }
    }`,
    { input: { claimsTemplate } },
  );
}

function deleteClient(clientId) {
  return operator(
    `mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }`,
    { input: { clientId } },
  );
}

function show(facts) {
  console.log(JSON.stringify(facts, null, 2).replaceAll(/^/gm, "   "));
}

try {
  if (!projectId || !secret) {
    stop("Set COUNTERSIGN_PROJECT_ID and COUNTERSIGN_SECRET: `npm start` printed both.");
  }
  const { project } = await operator(`{ project { issuer claimsTemplate } }`);
  await importedClient(project.issuer);
  await userOwnedClient(project);
  await attestedSession();
  console.log("\nAll three walk-throughs passed.");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
for (const one of undo.reverse()) await one();
