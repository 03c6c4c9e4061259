import type { CountersignError } from "../shared/errors.js";
import type { OAuthErrorAnswer } from "./oauth-error.js";
import type { OAuthParameters } from "./parameters.js";

/**
 * The bodies with which Auth0 answers the same failures, for programs that match on them. Auth0
 * repeats audience, client id and scopes of the request; so do these, and only these.
 * @returns null where Auth0 says what the RFC says
 */
export function auth0ErrorOf(
  { code, details }: CountersignError,
  parameters: OAuthParameters,
): OAuthErrorAnswer | null {
  const audience = parameters.get("audience") ?? parameters.get("resource") ?? "";
  const clientId = parameters.get("client_id") ?? "";
  switch (code) {
    case "INVALID_CLIENT":
      return denied(401, "Unauthorized");
    case "UNAUTHORIZED_CLIENT": {
      const grant = parameters.get("grant_type") ?? "";
      const description = `Grant type '${grant}' not allowed for the client.`;
      return { status: 403, error: "unauthorized_client", description };
    }
    case "UNSUPPORTED_GRANT_TYPE":
      return {
        status: 403,
        error: "unsupported_grant_type",
        description: "Grant type not supported",
      };
    case "INVALID_SCOPE": {
      const scopes = parameters.list("scope") ?? [];
      const missing = (details.scopeIndices ?? []).map((index) => scopes[index]);
      return denied(403, `Client has not been granted scopes: ${missing.join(", ")}`);
    }
    case "INVALID_TARGET":
      return denied(403, targetDescription(details.refusal, audience, clientId));
    case "RATE_LIMITED":
      return { status: 429, error: "too_many_requests", description: "Rate limit exceeded." };
    default:
      return null;
  }
}

function targetDescription(
  refusal: string | undefined,
  audience: string,
  clientId: string,
): string {
  switch (refusal) {
    case "NO_AUDIENCE":
      return "No audience parameter was provided, and no default audience has been configured";
    case "NO_GRANT":
      return `Client "${clientId}" is not authorized to access resource server "${audience}". You need to create a "client-grant" associated to this API.`;
    default:
      return `Service not enabled within domain: ${audience}`;
  }
}

function denied(status: number, description: string): OAuthErrorAnswer {
  return { status, error: "access_denied", description };
}
