import type { Selection } from "../persistence/prepared-read.js";
import type { SecretToMatch } from "./client-authenticator.js";
import { ClientSecret } from "./client-secret.entity.js";

/** The secrets of a client in the row of a prepared read. */
export interface JoinedSecrets {
  currentSecret: SecretToMatch | null;
  /** The next or the previous one. */
  otherSecret: SecretToMatch | null;
}

const secret = {
  entity: ClientSecret,
  only: ["secretId", "hash", "fingerprint", "expiresAt", "lastUsedAt"],
} as const;

export const JOINED_SECRETS: Selection<JoinedSecrets> = {
  currentSecret: secret,
  otherSecret: secret,
};

/** @param client alias of the client's row */
export const joinSecrets = (client: string) => `
  LEFT JOIN client_secrets AS "currentSecret"
    ON "currentSecret".project_id = ${client}.project_id
    AND "currentSecret".client_id = ${client}.client_id AND "currentSecret".status = 'CURRENT'
  LEFT JOIN client_secrets AS "otherSecret"
    ON "otherSecret".project_id = ${client}.project_id
    AND "otherSecret".client_id = ${client}.client_id AND "otherSecret".status <> 'CURRENT'`;

/** @returns up to two secrets, which may have ended */
export function secretsIn({ currentSecret, otherSecret }: JoinedSecrets): SecretToMatch[] {
  return [currentSecret, otherSecret].filter((found) => found !== null);
}
