import type { FastifyReply, FastifyRequest } from "fastify";
import { invalidClient } from "../clients/authentication-failure.js";
import { GRANT_TYPES } from "../clients/client.entity.js";
import { isFromTrustedProxy, originalRequest } from "../http/forwarded-request.js";
import { transientErrorCode } from "../persistence/database-errors.js";
import type { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { parseToken } from "../shared/authorization-header.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { logError } from "../shared/log-error.js";
import { idToLookUp, validate } from "../shared/validation.js";
import type { ClientVerifier } from "../tokens/client-verifier.js";
import type { DpopProofs } from "../tokens/dpop-proofs.js";
import { assertGrantAllowed } from "../tokens/grant-policy.js";
import { assertScopes } from "../tokens/scope-policy.js";
import { confirmationOf, verifyPossession } from "../tokens/token-confirmation.js";
import type { TokenContextLoader } from "../tokens/token-context.js";
import { invalidToken } from "../tokens/token-refusal.js";
import type { TokenVerifier } from "../tokens/token-verifier.js";
import { authenticateClient } from "./client-authentication/authenticate-client.js";
import type { ClientAuthenticationMethod } from "./client-authentication/client-authentication-method.js";
import { NO_STORE, sendOAuthError } from "./oauth-error.js";
import { NO_PARAMETERS, parseParameters } from "./oauth-parameters.js";
import { requestSource } from "./oauth-request.js";
import { type CredentialScheme, challenge, refusalOf } from "./verify-challenge.js";

export interface VerifyEndpointServices {
  projects: ProjectStore;
  tokenVerifier: TokenVerifier;
  clientVerifier: ClientVerifier;
  tokenContexts: TokenContextLoader;
  dpopProofs: DpopProofs;
  authenticationMethods: readonly ClientAuthenticationMethod[];
}

/** What the gateway's configuration asks for. */
interface Requirement {
  audience: string;
  scopes: readonly string[];
}

/** Who sent the original request, for the headers of the answer. */
interface Verified {
  clientId: string;
  subject: string;
  scopes: readonly string[];
}

/**
 * Tells a gateway whether the request that it holds may pass (ADR 0030). Problems of the gateway's configuration
 * are 400, before any credential is looked at; what its caller sent is 200, 401 or 403.
 */
export function verifyEndpoint(services: VerifyEndpointServices) {
  return async (project: Project, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers(NO_STORE);
    const requirement = readRequirement(request);
    const scheme = schemeOf(request.headers.authorization);
    try {
      const { clientId, subject, scopes } =
        scheme === "Basic"
          ? await verifyBasic(services, project, request, requirement)
          : await verifyToken(services, project, request, scheme, requirement);
      // Also when empty: a gateway that copies only what is there would let a forged one pass.
      reply.headers({
        "x-auth-client-id": clientId,
        "x-auth-subject": subject,
        "x-auth-scope": scopes.join(" "),
      });
      await reply.send();
    } catch (error) {
      sendRefusal(project, request, reply, scheme, requirement, error);
    }
  };
}

/** @throws BAD_USER_INPUT, INVALID_SCOPE or INVALID_TARGET for a configuration that means nothing */
function readRequirement({ query }: FastifyRequest): Requirement {
  // An unknown name may be a misspelt `scope`, without which too many would be let in.
  for (const name of Object.keys(query as object)) {
    if (name !== "audience" && name !== "scope") {
      throw badUserInput([], "The only parameters are audience and scope");
    }
  }
  const parameters = parseParameters(query);
  const audience = validate(idToLookUp, parameters.require("audience"), ["audience"]);
  return { audience, scopes: parameters.scopes() ?? [] };
}

function schemeOf(authorization = ""): CredentialScheme | null {
  const [name = ""] = /^[a-z]*(?= |$)/i.exec(authorization) ?? [];
  const known: readonly CredentialScheme[] = ["Bearer", "DPoP", "Basic"];
  return known.find((scheme) => scheme.toLowerCase() === name.toLowerCase()) ?? null;
}

/** @throws UNAUTHENTICATED, INVALID_TOKEN, INVALID_SCOPE */
async function verifyToken(
  { tokenVerifier, dpopProofs }: VerifyEndpointServices,
  project: Project,
  request: FastifyRequest,
  scheme: "Bearer" | "DPoP" | null,
  { audience, scopes: required }: Requirement,
): Promise<Verified> {
  const { authorization = "" } = request.headers;
  if (scheme === null) throw new CountersignError("UNAUTHENTICATED", "Needs an access token");
  const token = parseToken(authorization, scheme);
  if (token === null) throw invalidToken("MALFORMED");
  const { clientId, claims, scopes } = await tokenVerifier.verify(
    project.projectId,
    token,
    () => audience,
  );
  const dpop = scheme === "DPoP" ? presentedProof(request) : null;
  await verifyPossession(dpopProofs, token, confirmationOf(claims), { dpop });
  assertScopes(scopes, required, "The access token lacks a required scope", clientId);
  return { clientId, subject: claims.sub, scopes };
}

/** @throws INVALID_TOKEN */
function presentedProof(request: FastifyRequest) {
  const { dpop: proof } = request.headers;
  if (typeof proof !== "string" || proof === "") throw invalidToken("PROOF");
  const original = originalRequest(request);
  if (!original) throw invalidToken("PROOF_REQUEST");
  return { proof, httpMethod: original.method, url: original.url };
}

/**
 * Only behind a trusted proxy: all guesses of all callers would otherwise count for the gateway's address.
 * @throws INVALID_CLIENT, RATE_LIMITED, UNAUTHORIZED_CLIENT, INVALID_TARGET, INVALID_SCOPE, INVALID_DPOP_PROOF
 */
async function verifyBasic(
  { authenticationMethods, tokenContexts, clientVerifier }: VerifyEndpointServices,
  { projectId, allowBasicVerification }: Project,
  request: FastifyRequest,
  { audience, scopes: requiredScopes }: Requirement,
): Promise<Verified> {
  if (!allowBasicVerification) throw invalidClient("METHOD_NOT_ALLOWED");
  if (!isFromTrustedProxy(request)) throw invalidClient("PROXY_NOT_TRUSTED");
  const source = requestSource(request);
  const context = await authenticateClient(authenticationMethods, {
    authorization: request.headers.authorization,
    parameters: NO_PARAMETERS,
    source,
    load: (clientId) => tokenContexts.load({ projectId }, clientId, audience),
  });
  assertGrantAllowed(context.client, GRANT_TYPES.CLIENT_CREDENTIALS);
  return clientVerifier.verify(context, { audience, requiredScopes }, source);
}

/** @throws what is no answer to a credential */
function sendRefusal(
  { allowBasicVerification }: Project,
  request: FastifyRequest,
  reply: FastifyReply,
  scheme: CredentialScheme | null,
  { scopes }: Requirement,
  error: unknown,
): void {
  if (!(error instanceof CountersignError) || transientErrorCode(error) !== null) throw error;
  logError(request.log, error, { reqId: request.id, ipAddress: request.ip });
  const refusal = refusalOf(error, scheme);
  if (!refusal) {
    sendOAuthError(reply, error);
    return;
  }
  const { status, description } = refusal;
  const acceptsBasic = allowBasicVerification && isFromTrustedProxy(request);
  const name = refusal.error ?? (scheme === "Basic" ? "invalid_client" : "invalid_token");
  reply
    .code(status)
    .header("www-authenticate", challenge(refusal, scheme, scopes, acceptsBasic))
    .send({ error: name, error_description: description });
}
