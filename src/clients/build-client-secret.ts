import { badUserInput } from "../shared/errors.js";
import { newId } from "../shared/ids.js";
import type { Maker } from "../shared/maker.js";
import { generateSecret, hashSecret, lastFour } from "../shared/secrets.js";
import type { Client } from "./client.entity.js";
import { ClientSecret } from "./client-secret.entity.js";

/** What the server keeps of a secret. */
export interface HashedSecret {
  hash: string;
  /** Null if only the hash is known. */
  lastFour: string | null;
}

export function generateClientSecret(): { clientSecret: string; hashed: HashedSecret } {
  const clientSecret = generateSecret("csk");
  return {
    clientSecret,
    hashed: { hash: hashSecret(clientSecret), lastFour: lastFour(clientSecret) },
  };
}

/** Builds a new secret of a client; stores nothing. @throws BAD_USER_INPUT */
export function buildClientSecret(
  { projectId, clientId }: Pick<Client, "projectId" | "clientId">,
  hashed: HashedSecret,
  status: "CURRENT" | "NEXT",
  maker: Maker,
  expiresAt: Date | null | undefined,
  now: Date,
): ClientSecret {
  if (expiresAt && expiresAt <= now) {
    throw badUserInput(["input", "secretExpiresAt"], "Must be in the future");
  }
  return Object.assign(new ClientSecret(), {
    secretId: newId("secret"),
    projectId,
    clientId,
    status,
    ...hashed,
    fingerprint: null,
    maker,
    createdAt: now,
    expiresAt: expiresAt ?? null,
    lastUsedAt: null,
  });
}

export function noSecretToExpire() {
  return badUserInput(
    ["input", "secretExpiresAt"],
    "The client gets no secret: leave secretExpiresAt out",
  );
}
