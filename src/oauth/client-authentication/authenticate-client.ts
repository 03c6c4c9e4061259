import { invalidClient } from "../../clients/authentication-failure.js";
import { type Authenticated, type LoadedClient } from "../../clients/client-authenticator.js";
import { badUserInput } from "../../shared/errors.js";
import { inSpan } from "../../shared/tracing.js";
import type {
  AuthenticationRequest,
  ClientAuthenticationMethod,
} from "./client-authentication-method.js";

/**
 * Authenticates the client by the one method that the request uses (RFC 6749 section 2.3).
 * @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT
 */
export async function authenticateClient<Loaded extends LoadedClient>(
  methods: readonly ClientAuthenticationMethod[],
  request: AuthenticationRequest<Loaded>,
): Promise<Authenticated<Loaded>> {
  return inSpan("authenticate client", {}, async () => {
    const [method, secondMethod] = methods.filter((candidate) => candidate.applies(request));
    if (!method) throw invalidClient("CREDENTIALS_MISSING");
    if (secondMethod) {
      throw badUserInput([], "The request must use only one client authentication method");
    }
    return method.authenticate(request);
  });
}

/** Whether the request has client credentials, valid or not. */
export function hasCredentials(
  methods: readonly ClientAuthenticationMethod[],
  request: Pick<AuthenticationRequest, "authorization" | "parameters">,
): boolean {
  return methods.some((method) => method.applies(request));
}
