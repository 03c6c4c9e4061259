/** The form of this server's ids, which are no secrets. */
const GENERATED_ID = /^[a-z]+_[0-9A-Za-z]{22}$/;
/** Words and versions are shorter, and names of scopes that are longer have no digits. */
const RANDOM_RUN = /(?=[0-9]{0,15}[a-z])(?=[a-z]{0,15}[0-9])[0-9a-z]{16}/i;
const LETTER_BESIDE_DIGIT = /(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])/gi;
const MAX_CHANGES = 4;
/** The characters of audiences and scopes; a password has others. */
const NAME = /^[\w.~:/@*+-]*$/;

/** Whether what should be an audience or a scope may be a secret: it mixes characters as no name does. */
export function looksRandom(text: string): boolean {
  if (GENERATED_ID.test(text)) return false;
  return (
    !NAME.test(text) ||
    RANDOM_RUN.test(text) ||
    (text.match(LETTER_BESIDE_DIGIT)?.length ?? 0) > MAX_CHANGES
  );
}
