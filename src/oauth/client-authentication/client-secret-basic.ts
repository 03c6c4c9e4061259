import type { ClientAuthenticator } from "../../clients/client-authenticator.js";
import { invalidClient } from "../../clients/client-authenticator.js";
import { parseBasic } from "../../shared/authorization-header.js";
import type { ClientAuthenticationMethod } from "./client-authentication-method.js";

/** RFC 6749 section 2.3.1: HTTP Basic with a form-encoded client id and secret. */
export function clientSecretBasic(authenticator: ClientAuthenticator): ClientAuthenticationMethod {
  return {
    name: "client_secret_basic",
    applies: ({ authorization }) => authorization !== undefined,
    authenticate: async ({ authorization, parameters, source, load }) => {
      const credentials = parseBasic(authorization ?? "");
      if (!credentials) throw invalidClient();
      const clientId = formDecode(credentials.user);
      const bodyClientId = parameters.get("client_id");
      if (bodyClientId !== undefined && bodyClientId !== clientId) throw invalidClient();
      const clientSecret = formDecode(credentials.password);
      return authenticator.authenticate(
        { clientId, clientSecret, method: "CLIENT_SECRET_BASIC" },
        source,
        () => load(clientId),
      );
    },
  };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // Many clients send the credentials without form-encoding them.
    return text;
  }
}
