import { badUserInput, CountersignError } from "../shared/errors.js";
import { isGeneratedClientId } from "../shared/ids.js";
import { hashSecret, isGeneratedSecret, lastFour } from "../shared/secrets.js";
import type { HashedSecret } from "./build-client-secret.js";
import { parseForeignHash } from "./foreign-hash.js";
import { foreignHashMessage } from "./foreign-hash-messages.js";
import { withoutGuessableWords } from "./guessable-words.js";
import { MIN_RANDOM_LENGTH } from "./secret-rules.js";
import type { SlowHasher } from "./slow-hasher.js";

/** A secret that the caller brings along, in clear text or as a hash that `suppliedSecretHash` accepts. */
export type SuppliedSecret = { clientSecret: string } | { secretHash: string };

const TOO_EASY_TO_GUESS =
  `The secret is too easy to guess: it needs ${MIN_RANDOM_LENGTH} random characters or more, and words such as ` +
  "client, secret and prod and those of the client's id count for nothing";

/** Checks all but how easy the secret is to guess. @throws BAD_USER_INPUT */
export function assertSecretForm(clientId: string, supplied: SuppliedSecret): void {
  const clientSecret = "clientSecret" in supplied ? supplied.clientSecret : null;
  if (clientSecret !== null && isGeneratedSecret("csk", clientSecret)) return;
  if (clientSecret?.startsWith("csk_")) {
    throw badUserInput(
      ["input", "clientSecret"],
      "The checksum of the secret is wrong: check it for typos",
    );
  }
  // ClientAuthenticator assumes that every generated id has generated secrets only.
  if (isGeneratedClientId(clientId)) {
    throw badUserInput(
      ["input", "clientSecret" in supplied ? "clientSecret" : "secretHash"],
      "A client whose id Countersign generated takes only secrets of the form that Countersign generates",
    );
  }
}

/**
 * Judges and hashes a secret that Countersign has not generated. Takes long, so never in a unit of work.
 * @throws BAD_USER_INPUT, INSECURE_CLIENT_SECRET
 */
export async function hashSuppliedSecret(
  slowHasher: SlowHasher,
  clientId: string,
  supplied: SuppliedSecret,
): Promise<HashedSecret> {
  assertSecretForm(clientId, supplied);
  if ("secretHash" in supplied) {
    return { hash: await storedForm(slowHasher, supplied.secretHash), lastFour: null };
  }
  const { clientSecret } = supplied;
  if (isGeneratedSecret("csk", clientSecret)) {
    return { hash: hashSecret(clientSecret), lastFour: lastFour(clientSecret) };
  }
  if (await slowHasher.isWeak(withoutGuessableWords(clientSecret, clientId))) {
    throw tooEasyToGuess();
  }
  return { hash: await slowHasher.hash(clientSecret), lastFour: lastFour(clientSecret) };
}

export function tooEasyToGuess() {
  return new CountersignError("INSECURE_CLIENT_SECRET", TOO_EASY_TO_GUESS, {
    path: ["input", "clientSecret"],
  });
}

async function storedForm(slowHasher: SlowHasher, secretHash: string): Promise<string> {
  const parsed = parseForeignHash(secretHash);
  if (typeof parsed === "string") {
    throw badUserInput(["input", "secretHash"], foreignHashMessage(secretHash, parsed));
  }
  return "hash" in parsed ? parsed.hash : slowHasher.wrap(parsed.prefix, parsed.digest);
}
