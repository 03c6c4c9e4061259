import { invalidClient } from "../../clients/authentication-failure.js";
import type { ClientAuthenticator } from "../../clients/client-authenticator.js";
import { parseBasic, passwordForms, percentDecode } from "../../shared/authorization-header.js";
import type { ClientAuthenticationMethod } from "./client-authentication-method.js";

/** RFC 6749 section 2.3.1: HTTP Basic with a client id and secret, form-encoded or not. */
export function clientSecretBasic(authenticator: ClientAuthenticator): ClientAuthenticationMethod {
  return {
    name: "client_secret_basic",
    applies: ({ authorization }) => authorization !== undefined,
    authenticate: async ({ authorization, parameters, source, load }) => {
      const credentials = parseBasic(authorization ?? "");
      if (!credentials) throw invalidClient("CREDENTIALS_MALFORMED");
      // No client id contains a space or `%`, so `+` is one and `%41` is encoded, whether the rest is or not.
      const clientId = percentDecode(credentials.user) ?? credentials.user;
      const bodyClientId = parameters.get("client_id");
      if (bodyClientId !== undefined && bodyClientId !== clientId) {
        throw invalidClient("CLIENT_ID_MISMATCH");
      }
      const secretForms = passwordForms(credentials.password);
      return authenticator.authenticate(
        { clientId, secretForms, method: "CLIENT_SECRET_BASIC" },
        source,
        () => load(clientId),
      );
    },
  };
}
