import { badUserInput } from "../shared/errors.js";

/** RFC 3339 section 5.6 */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;

const EXAMPLE = "A date and time is a string such as 2026-01-31T12:00:00Z (RFC 3339)";

const [DAY, TIME, OFFSET] = [
  String.raw`\d{4}-\d\d-\d\d`,
  String.raw`\d\d:\d\d:\d\d(?:\.\d+)?`,
  String.raw`(?:[Zz]|[+-]\d\d:\d\d)`,
];

/** What people send instead, and what it lacks. */
const REMEDIES: readonly { form: RegExp; remedy: string }[] = [
  {
    form: new RegExp(`^${DAY}$`),
    remedy: "A date needs a time and an offset as well, such as 2026-01-31T00:00:00Z",
  },
  {
    form: new RegExp(String.raw`^${DAY}[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$`),
    remedy: "The offset is missing: 2026-01-31T12:00:00Z, or 2026-01-31T12:00:00+02:00",
  },
  {
    form: new RegExp(`^${DAY} ${TIME}${OFFSET}$`),
    remedy: "A T stands between date and time: 2026-01-31T12:00:00Z",
  },
  {
    form: new RegExp(String.raw`^${DAY}[Tt]\d\d:\d\d${OFFSET}$`),
    remedy: "The seconds are missing: 2026-01-31T12:00:00Z",
  },
  {
    form: new RegExp(String.raw`^${DAY}[Tt]${TIME}[+-]\d\d(?:\d\d)?$`),
    remedy: "An offset has hours, a colon and minutes: 2026-01-31T12:00:00+02:00",
  },
  {
    form: new RegExp(String.raw`^${DAY}[Tt]24:00:00(?:\.0+)?${OFFSET}$`),
    remedy: "The end of a day is 00:00:00 of the next one",
  },
  {
    form: new RegExp(String.raw`^${DAY}[Tt]\d\d:\d\d:60(?:\.\d+)?${OFFSET}$`),
    remedy: "Leap seconds are not supported: give the next second",
  },
  {
    form: new RegExp(`^${DAY}[Tt]${TIME}${OFFSET}$`),
    remedy: `There is no such day, time or offset. ${EXAMPLE}`,
  },
];

/** @throws BAD_USER_INPUT that says what the value lacks, without repeating it */
export function parseDateTime(value: unknown): Date {
  const date = typeof value === "string" ? toDate(value) : null;
  if (date) return date;
  const known =
    typeof value === "string" ? REMEDIES.find(({ form }) => form.test(value)) : undefined;
  throw badUserInput([], known?.remedy ?? EXAMPLE);
}

/** @returns null for what is no date and time, or does not exist */
function toDate(text: string): Date | null {
  const [, day = "", hour, minute, second, , offsetHour, offsetMinute] = DATE_TIME.exec(text) ?? [];
  // `Date` would take 30 February for 2 March.
  const isDay = !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const isOffset = Number(offsetHour ?? 0) < 24 && Number(offsetMinute ?? 0) < 60;
  return isDay && isTime && isOffset ? new Date(text.toUpperCase()) : null;
}
