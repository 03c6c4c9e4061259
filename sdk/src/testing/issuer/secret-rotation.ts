import {
  buildClientSecret,
  generateClientSecret,
} from "../../../../src/clients/build-client-secret.js";
import { isValidAt } from "../../../../src/clients/client-secret.js";
import { rotateSecretRules } from "../../../../src/clients/secret-rules.js";
import { secondsFrom } from "../../../../src/shared/clock.js";
import { CountersignError } from "../../../../src/shared/errors.js";
import { validate } from "../../../../src/shared/validation.js";
import { getClient } from "./clients.js";
import { OPERATOR, type Records } from "./records.js";

/** @returns the new secret @throws CLIENT_NOT_FOUND, ROTATION_ALREADY_STARTED, BAD_USER_INPUT */
export function rotateSecret(
  records: Records,
  clientId: string,
  options: { overlapSeconds?: number },
  now: Date,
): string {
  const client = getClient(records, clientId);
  const { overlapSeconds } = validate(rotateSecretRules, { ...options, clientId });
  const valid = (records.secrets.get(clientId) ?? []).filter(isValidAt(now));
  if (valid.some(({ status }) => status === "PREVIOUS")) {
    throw new CountersignError(
      "ROTATION_ALREADY_STARTED",
      "The previous secret is still valid: revoke it first, or wait until it ends",
    );
  }
  const end = secondsFrom(now, overlapSeconds);
  for (const secret of valid) {
    secret.status = "PREVIOUS";
    if (!secret.expiresAt || secret.expiresAt > end) secret.expiresAt = end;
  }
  const { clientSecret, hashed } = generateClientSecret();
  const secret = buildClientSecret(client, hashed, "CURRENT", OPERATOR, null, now);
  records.secrets.set(clientId, [secret, ...valid]);
  return clientSecret;
}
