/** What people put into a secret of their own to say what it is. */
const COMMON_WORDS =
  "access admin api app application auth authentication backend billing changeme client credential credentials " +
  "default demo dev development example frontend gateway internal key local machine m2m my oauth oauth2 oidc " +
  "partner password prod production public sandbox secret secure server service staging stage super svc system " +
  "test testing token user";

const WORDS = COMMON_WORDS.split(" ").sort((a, b) => b.length - a.length);
/** Shorter words of an id occur by chance in a random secret. */
const MIN_ID_WORD_LENGTH = 4;

/**
 * A secret without the words that somebody who guesses tries first: those above, and those of the client's id. What
 * is left must be hard to guess by itself. A random secret loses nothing but what looks like such a word by chance.
 */
export function withoutGuessableWords(secret: string, clientId: string): string {
  const ofId = clientId.split(/[^A-Za-z0-9]+/).filter((word) => word.length >= MIN_ID_WORD_LENGTH);
  const words = [clientId, ...ofId, ...WORDS].map((word) => word.replace(/[^\w]/g, "\\$&"));
  return secret.replace(new RegExp(words.join("|"), "gi"), "");
}
