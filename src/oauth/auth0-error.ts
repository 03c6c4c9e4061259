import type { CountersignError, ErrorDetails } from "../shared/errors.js";
import type { OAuthParameters } from "./oauth-parameters.js";

export interface OAuthErrorResponse {
  status: number;
  error: string;
  description: string;
}

/**
 * Translates an error to the response of Auth0's token endpoint, for programs that match on its text.
 * Like Auth0's, the descriptions repeat the grant type, audience, client id and scopes of the request.
 * @returns null if Auth0's response is that of the RFC, or is not known
 */
export function toAuth0Error(
  { code, details }: CountersignError,
  parameters: OAuthParameters,
): OAuthErrorResponse | null {
  switch (code) {
    case "INVALID_CLIENT":
      // For a bad assertion Auth0 sends invalid_client, as the RFC does.
      return parameters.get("client_assertion") ? null : accessDenied(401, "Unauthorized");
    case "BAD_USER_INPUT": {
      if (details.path?.[0] !== "client_id") return null;
      return { status: 401, error: "invalid_client", description: "Missing client_id" };
    }
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
      if (details.denial !== "SCOPE_NOT_GRANTED") return null;
      const scopes = parameters.scopes() ?? [];
      const notGranted = (details.scopeIndices ?? []).map((index) => scopes[index]);
      return accessDenied(403, `Client has not been granted scopes: ${notGranted.join(", ")}`);
    }
    case "INVALID_TARGET":
      if (!details.target) return null;
      return accessDenied(403, targetDescription(details));
    case "RATE_LIMITED":
      return { status: 429, error: "too_many_requests", description: "Rate limit exceeded." };
    default:
      return null;
  }
}

function targetDescription({ denial, target }: ErrorDetails): string {
  const { audience = "", clientId = "" } = target ?? {};
  switch (denial) {
    case "NO_AUDIENCE":
      return "No audience parameter was provided, and no default audience has been configured";
    case "NO_GRANT":
      return `Client "${clientId}" is not authorized to access resource server "${audience}". You need to create a "client-grant" associated to this API.`;
    default:
      return `Service not enabled within domain: ${audience}`;
  }
}

function accessDenied(status: number, description: string): OAuthErrorResponse {
  return { status, error: "access_denied", description };
}
