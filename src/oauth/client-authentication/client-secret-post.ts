import type { ClientAuthenticator } from "../../clients/client-authenticator.js";
import type { ClientAuthenticationMethod } from "./client-authentication-method.js";

/** RFC 6749 section 2.3.1: client id and secret in the body. */
export function clientSecretPost(authenticator: ClientAuthenticator): ClientAuthenticationMethod {
  return {
    name: "client_secret_post",
    applies: ({ parameters }) => parameters.get("client_secret") !== undefined,
    authenticate: async ({ parameters, source, load }) => {
      const clientId = parameters.require("client_id");
      const secretForms = [parameters.require("client_secret")];
      return authenticator.authenticate(
        { clientId, secretForms, method: "CLIENT_SECRET_POST" },
        source,
        () => load(clientId),
      );
    },
  };
}
