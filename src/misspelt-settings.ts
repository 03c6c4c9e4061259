import { SECRETS, SETTING_NAMES } from "./config.js";
import type { Variables } from "./production-settings.js";

/** Shorter names are too close to variables of other programs. */
const MIN_LENGTH = 7;
/** Variables of OpenSSL and of programs that use it. */
const OF_OTHERS = ["SSL_CERT_FILE", "SSL_KEY_FILE"];
/** As with curl and Node.js. */
const LOWER_CASE_TOO = /^(?:https?|no)_proxy$/;
const PREFIX = /^COUNTERSIGN_/i;

/**
 * Finds variables that look like a setting that is not set: other separators or letters, one letter wrong, or
 * `COUNTERSIGN_` in front.
 * @returns one sentence for each, without values
 */
export function misspeltSettings(env: Variables): string[] {
  const names = [...SETTING_NAMES, ...SECRETS.map((name) => `${name}_FILE`)];
  const unset = names.filter((name) => !env[name] && !env[`${name}_FILE`]);
  return Object.keys(env).flatMap((variable) => {
    const isKnown = [...names, ...OF_OTHERS].includes(variable) || LOWER_CASE_TOO.test(variable);
    if (isKnown || !env[variable]) return [];
    const meant = unset.find((name) => isMeant(variable, name));
    return meant ? [`${variable} is not a setting and has no effect: did you mean ${meant}?`] : [];
  });
}

function isMeant(variable: string, name: string): boolean {
  const [given, wanted] = [letters(variable.replace(PREFIX, "")), letters(name)];
  if (given === wanted) return PREFIX.test(variable) || name.length >= MIN_LENGTH;
  return wanted.length >= MIN_LENGTH && isOneEditAway(given, wanted);
}

function letters(name: string): string {
  return name.replace(/[^A-Za-z]/g, "").toUpperCase();
}

/** Whether one letter is missing, added or another one, or two neighbours are swapped. */
function isOneEditAway(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const [restOfOne, restOfOther] = [one.slice(start), other.slice(start)];
  const isSwapped = restOfOne.slice(0, 2) === [...restOfOther.slice(0, 2)].reverse().join("");
  return (
    restOfOne.slice(1) === restOfOther.slice(1) ||
    restOfOne.slice(1) === restOfOther ||
    restOfOne === restOfOther.slice(1) ||
    (isSwapped && restOfOne.slice(2) === restOfOther.slice(2))
  );
}
