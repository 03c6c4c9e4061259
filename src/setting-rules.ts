import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { commaSeparated } from "./comma-separated.js";
import { MASTER_KEY_RULE, parseMasterKey } from "./database/master-key-text.js";
import { postgresUrlProblem } from "./database/postgres-url.js";
import { AllowedHosts, AllowedHostsError } from "./key-sets/allowed-hosts.js";

// The rules of settings that are more than a number or a choice.

export type MasterKeys = readonly [Uint8Array, ...Uint8Array[]];

export const boolean = z
  .enum(["true", "false"], "Must be true or false")
  .default("false")
  .transform((text) => text === "true");

export const masterKeys = z.string().transform((list, context): MasterKeys => {
  const [first, ...others] = list.split(",").map((text) => {
    const key = parseMasterKey(text);
    if (key) return key;
    const isEmpty = text.trim() === "" && list.includes(",");
    const message = isEmpty
      ? "An entry of the list is empty: remove its comma"
      : `Each key must be ${MASTER_KEY_RULE}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
  return [first as Uint8Array, ...others];
});

export const host = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || /^[a-z\d](?:[\w.-]*\w)?\.?$/i.test(text),
    "Must be an address or a name of this machine without scheme and port, such as 127.0.0.1, or 0.0.0.0 for all addresses",
  );

export const bootstrapSecret = z
  .string()
  .min(32, "Must have at least 32 random characters, such as the output of openssl rand -hex 32")
  .refine((text) => text === text.trim(), "Must not begin or end with white space: remove it");

export const trustedProxies = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine(
    (list) => list.every((address) => ipaddr.isValid(address) || ipaddr.isValidCIDR(address)),
    "Must be addresses or networks, such as 10.0.0.0/8, separated by commas",
  );

export const keySetAllowedHosts = z.string().transform((list, context) => {
  try {
    return AllowedHosts.parse(list);
  } catch (error) {
    if (!(error instanceof AllowedHostsError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

export const MAX_WORKERS = 64;
export const workers = z
  .string()
  .default("1")
  .refine(
    (text) => text === "auto" || (/^[1-9]\d?$/.test(text) && Number(text) <= MAX_WORKERS),
    `Must be auto, or a whole number from 1 to ${MAX_WORKERS}`,
  );

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `Must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );

export const publicUrl = url("http:", "https:").refine((text) => {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash, pathname } = new URL(text);
  const hasRest = username + password + search + hash !== "";
  return !hasRest && !pathname.replace(/\/+$/, "").includes("//");
}, "Must have a host and at most a path, without user name, query, fragment and empty path segments");

export const databaseUrl = z.string().superRefine((text, context) => {
  const message = postgresUrlProblem(text);
  if (message !== null) context.addIssue({ code: "custom", message });
});

export const wholeNumber = (
  min: number,
  max: number,
  problem = `Must be a whole number from ${min} to ${max}`,
) => z.coerce.number(problem).int(problem).min(min, problem).max(max, problem);

/** Node.js and its libraries know `production` alone, and would run as in development. */
export const nodeEnv = z
  .string()
  .refine(
    (text) => text === "production" || !/^\W*(?:prod|live)/i.test(text),
    "Looks like production: write it production, because nothing else turns on the checks for it",
  );
