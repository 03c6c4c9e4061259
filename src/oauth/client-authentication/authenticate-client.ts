import {
  type Authenticated,
  invalidClient,
  type LoadedClient,
} from "../../clients/client-authenticator.js";
import { badUserInput } from "../../shared/errors.js";
import type { AuthenticationRequest, ClientAuthenticationMethod } from "./method.js";

/**
 * RFC 6749 section 2.3: a client uses exactly one method in each request.
 * @throws INVALID_CLIENT, RATE_LIMITED, BAD_USER_INPUT
 */
export async function authenticateClient<Loaded extends LoadedClient>(
  methods: readonly ClientAuthenticationMethod[],
  request: AuthenticationRequest<Loaded>,
): Promise<Authenticated<Loaded>> {
  const [method, second] = methods.filter((one) => one.applies(request));
  if (!method) throw invalidClient();
  if (second) throw badUserInput([], "A client must use one method of authentication only");
  return method.authenticate(request);
}

/** Whether the request brings any, good or bad. */
export function hasCredentials(
  methods: readonly ClientAuthenticationMethod[],
  request: Pick<AuthenticationRequest, "authorization" | "parameters">,
): boolean {
  return methods.some((one) => one.applies(request));
}
