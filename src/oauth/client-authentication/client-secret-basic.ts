import type { ClientAuthenticator } from "../../clients/client-authenticator.js";
import { invalidClient } from "../../clients/client-authenticator.js";
import { parseBasic } from "../../shared/authorization-header.js";
import type { ClientAuthenticationMethod } from "./method.js";

/** RFC 6749 section 2.3.1: HTTP Basic, id and secret form-encoded before they are joined. */
export function clientSecretBasic(authenticator: ClientAuthenticator): ClientAuthenticationMethod {
  return {
    name: "client_secret_basic",
    applies: ({ authorization }) => authorization !== undefined,
    authenticate: async ({ authorization, parameters, source, load }) => {
      const credentials = parseBasic(authorization ?? "");
      if (!credentials) throw invalidClient();
      const clientId = formDecode(credentials.user);
      const named = parameters.get("client_id");
      if (named !== undefined && named !== clientId) throw invalidClient();
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
    // Not form-encoded at all: many clients forget to.
    return text;
  }
}
