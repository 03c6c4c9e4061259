import { type ClientAuthFailure, CountersignError } from "../shared/errors.js";

interface FailureOptions extends ErrorOptions {
  clientId?: string | undefined;
  detail?: string | undefined;
}

/**
 * @param denial the reason, for the log only, like `clientId`; every caller gets the same answer, unless it has
 *   proved that it is the client and is told a `detail`
 */
export function invalidClient(
  denial?: ClientAuthFailure,
  { cause, clientId, detail }: FailureOptions = {},
) {
  const details = { ...(denial && { denial }), clientId };
  const message = `Client authentication failed${detail ? `: ${detail}` : ""}`;
  return new CountersignError("INVALID_CLIENT", message, details, { cause });
}
