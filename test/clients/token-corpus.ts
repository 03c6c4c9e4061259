import { createHmac } from "node:crypto";
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  exportSPKI,
  importJWK,
  type JSONWebKeySet,
  SignJWT,
} from "jose";
import type { ApplicationOptions } from "../../src/application.js";
import type { TokenProfileName } from "../../src/projects/project.entity.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization, type GraphqlClient } from "../support/graphql-client.js";
import { keyPair } from "../support/key-pairs.js";
import { startLiveServer } from "../support/live-server.js";
import { createClient, updateProject } from "../support/operations.js";

type Tokens = Readonly<Record<string, string>>;

/** Settings of a verifier, and tokens with their titles. */
export interface Verification {
  issuer: string;
  jwks: JSONWebKeySet;
  audience: string;
  typ: string;
  algorithm: string;
  valid: Tokens;
  invalid: Tokens;
  /** Valid but for their `typ`. */
  ofAnotherType: Tokens;
}

const ACCESS_TOKENS: readonly (readonly [TokenProfileName, algorithm: string])[] = [
  ["DEFAULT", "RS256"],
  ["AUTH0", "RS256"],
  ["RFC9068", "RS256"],
  ["RFC9068", "PS256"],
  ["RFC9068", "ES256"],
  ["RFC9068", "EdDSA"],
];

const FORGERS_KEY = "forger";
const DAY_SECONDS = 86_400;

/** What verifiers must accept and refuse, from a running server, whose keys they fetch. */
export async function startTokenCorpus(overrides: Partial<ApplicationOptions> = {}) {
  const clock = {
    offsetSeconds: 0,
    now: () => new Date(Date.now() + clock.offsetSeconds * 1000),
  };
  const server = await startLiveServer({ clock, ...overrides });
  const { issuer, operator, publicUrl } = server;
  const other = await server.otherProject();
  const otherIssuer = `${publicUrl}/projects/${other.projectId}`;
  const forgersKey = await publishForgersKey(operator);
  const { startSession } = await createSessionMember({ clock }, operator);

  const jwks = async () =>
    (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  const yesterday = async (issue: () => Promise<string>) => {
    clock.offsetSeconds = -DAY_SECONDS;
    return issue().finally(() => {
      clock.offsetSeconds = 0;
    });
  };
  const sessionJwt = async (sessionTokenProfile = "DEFAULT") => {
    await updateProject(operator, { sessionTokenProfile });
    return (await startSession()).sessionJwt;
  };
  const forge = (claims: object, typ: string) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "RS256", kid: FORGERS_KEY, typ })
      .sign(forgersKey);
  const projectToken = await authorizedClient(operator, issuer);

  /** For the verifier of an API. */
  const accessTokens = async (
    tokenProfile: TokenProfileName,
    algorithm: string,
  ): Promise<Verification> => {
    const audience = `https://api.example.com/${tokenProfile}/${algorithm}`;
    const settings = { tokenProfile, signingAlgorithm: algorithm.toUpperCase(), force: true };
    const api = { identifier: audience, ...settings };
    const accessToken = await authorizedClient(operator, issuer, api);
    const ofAnotherApi = await authorizedClient(operator, issuer, settings);
    const ofAnotherProject = await authorizedClient(other.operator, otherIssuer, api);
    const valid = await accessToken();
    const typ = tokenProfile === "RFC9068" ? "at+jwt" : "JWT";
    const claims = decodeJwt(valid);
    const changed = (changes: object, type = typ) => forge({ ...claims, ...changes }, type);
    const forged = algorithm === "RS256";
    return {
      issuer,
      jwks: await jwks(),
      audience,
      typ,
      algorithm,
      valid: {
        "an access token": valid,
        ...(forged && { "what the forger changes": await changed({}) }),
      },
      invalid: {
        "a session JWT": await sessionJwt(),
        "a session JWT in Stytch's format": await sessionJwt("STYTCH"),
        "an access token for the project": await projectToken(),
        "an access token for another API": await ofAnotherApi(),
        "another project's access token for the audience": await ofAnotherProject(),
        "an expired access token": await yesterday(accessToken),
        ...(forged && {
          "another issuer": await changed({ iss: otherIssuer }),
          "the issuer with a slash": await changed({ iss: `${issuer}/` }),
          "the audience with a slash": await changed({ aud: `${audience}/` }),
          "valid from tomorrow": await changed({ nbf: Number(claims.iat) + DAY_SECONDS }),
        }),
        ...(await forgedWithoutKey(valid, await jwks())),
      },
      ofAnotherType: {
        ...(forged && { "the type of a session": await changed({}, "session+jwt") }),
      },
    };
  };

  /** For the verifier of session JWTs. */
  const sessions = async (): Promise<Verification> => {
    const valid = await sessionJwt();
    const ofProfiles: Record<string, string> = {};
    for (const [tokenProfile] of ACCESS_TOKENS) {
      const accessToken = await authorizedClient(operator, issuer, { tokenProfile });
      ofProfiles[`an access token of the profile ${tokenProfile}`] = await accessToken();
    }
    return {
      issuer,
      jwks: await jwks(),
      audience: `${issuer}/sessions`,
      typ: "session+jwt",
      algorithm: "RS256",
      valid: { "a session JWT": valid },
      invalid: {
        ...ofProfiles,
        "an access token for the project": await projectToken(),
        "a session JWT in Stytch's format": await sessionJwt("STYTCH"),
        "an expired session JWT": await yesterday(sessionJwt),
        ...(await forgedWithoutKey(valid, await jwks())),
      },
      ofAnotherType: {
        "the type of an access token": await forge(decodeJwt(valid), "at+jwt"),
      },
    };
  };

  const verifications: Verification[] = [];
  for (const [profile, algorithm] of ACCESS_TOKENS) {
    verifications.push(await accessTokens(profile, algorithm));
  }
  verifications.push(await sessions());
  return { server, other, verifications };
}

/** Sets up a client for an API, or for the project. @returns a function that gets its access token */
async function authorizedClient(operator: GraphqlClient, issuer: string, settings?: object) {
  const { clientId, clientSecret } = await createClient(operator);
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (settings) {
    const api = await createApi(operator, settings);
    await createGrant(operator, { clientId }, api);
    body.set("audience", api.identifier);
  }
  return async (): Promise<string> => {
    const headers = { authorization: basicAuthorization(clientId, clientSecret) };
    const answer = await fetch(`${issuer}/oauth/token`, { method: "POST", headers, body });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return token;
  };
}

/** Verifiers find this key in the project's key set, so that one fault alone can be forged. */
async function publishForgersKey(operator: GraphqlClient): Promise<CryptoKey> {
  const { privateKey, publicKey } = await keyPair("RS256");
  await operator.request(
    "mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }",
    {
      input: {
        kid: FORGERS_KEY,
        publicKey: { pem: await exportSPKI(publicKey) },
        expiresAt: new Date(Date.now() + DAY_SECONDS * 1000).toISOString(),
      },
    },
  );
  return privateKey;
}

/** What an attacker makes of a token and the public keys (RFC 8725 section 2.1). */
async function forgedWithoutKey(token: string, { keys }: JSONWebKeySet): Promise<Tokens> {
  const [header, payload, signature = ""] = token.split(".");
  const { alg, ...others } = decodeProtectedHeader(token);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const publicKey = await importJWK(keys.find(({ kid }) => kid === others.kid) ?? {}, alg);
  const pem = await exportSPKI(publicKey as CryptoKey);
  const symmetric = `${part({ ...others, alg: "HS256" })}.${payload}`;
  const first = signature.startsWith("A") ? "B" : "A";
  return {
    "changed claims": `${header}.${part({ ...decodeJwt(token), scope: "admin" })}.${signature}`,
    "a changed signature": `${header}.${payload}.${first}${signature.slice(1)}`,
    "no signature": `${part({ ...others, alg: "none" })}.${payload}.`,
    "the public key as a secret": `${symmetric}.${createHmac("sha256", pem).update(symmetric).digest("base64url")}`,
  };
}
