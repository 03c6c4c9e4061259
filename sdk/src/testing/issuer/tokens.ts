import { claimsTemplateText } from "../../../../src/projects/claims-template-rules.js";
import { M2M_TEMPLATE } from "../../../../src/projects/template-language.js";
import { validate } from "../../../../src/shared/validation.js";
import {
  listedParameters,
  requestParameterList,
} from "../../../../src/tokens/request-parameters.js";
import { requestedScopes } from "../../../../src/tokens/scope-policy.js";
import type { TestTokenRequest } from "../test-issuer.js";
import { toList } from "./claims-templates.js";
import { addClient, clientNotFound } from "./clients.js";
import type { Records } from "./records.js";
import type { Services } from "./services.js";

/** Has every scope of every API, so that a test need not add a client of its own. */
const CLIENT_OF_TESTS = "test-client";

/**
 * Issues a token as the token endpoint would for the authenticated client.
 * @throws CLIENT_NOT_FOUND, BAD_USER_INPUT, INVALID_TARGET, INVALID_SCOPE, INVALID_DPOP_PROOF
 */
export async function issueToken(
  { tokenContexts, tokenIssuer }: Services,
  records: Records,
  request: TestTokenRequest,
  now: Date,
): Promise<string> {
  const { claims, scopes, dpopKeyThumbprint, parameters = {} } = request;
  const clientId = request.clientId ?? clientOfTests(records, now);
  const audience = request.audience ?? onlyAudience(records);
  const loaded = await tokenContexts.load({}, clientId, audience);
  if (!loaded?.client) throw clientNotFound();
  const context = { ...loaded, client: loaded.client };
  if (claims) {
    // Whatever the template may not set, these may not either.
    const claimsTemplate = JSON.stringify(claims);
    validate(claimsTemplateText(M2M_TEMPLATE), claimsTemplate, ["input", "claims"]);
    context.project = { ...context.project, claimsTemplate };
  }
  const requestParameters = validate(requestParameterList, toList(parameters), ["input"]);
  const access = {
    audience,
    scopes: scopes && validate(requestedScopes, scopes, ["input", "scopes"]),
    dpopKeyThumbprint,
    parameters: listedParameters(requestParameters),
  };
  const source = { requestId: "test", ipAddress: "127.0.0.1" };
  const { accessToken } = await tokenIssuer.issue(context, access, source);
  return accessToken;
}

function clientOfTests(records: Records, now: Date): string {
  const grants = [...records.apis.keys()].map((audience) => ({ audience, allScopes: true }));
  const isNew = !records.clients.has(CLIENT_OF_TESTS);
  const isComplete = records.grants.get(CLIENT_OF_TESTS)?.length === grants.length;
  if (isNew || !isComplete) {
    records.clients.delete(CLIENT_OF_TESTS);
    addClient(records, { clientId: CLIENT_OF_TESTS, grants }, now);
  }
  return CLIENT_OF_TESTS;
}

function onlyAudience({ apis }: Records): string | undefined {
  const [only, another] = apis.keys();
  return another === undefined ? only : undefined;
}
