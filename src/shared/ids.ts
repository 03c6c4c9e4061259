import { createHash, randomInt } from "node:crypto";

export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(62)]).join("");
}

export type IdPrefix =
  | "project"
  | "key"
  | "client"
  | "secret"
  | "profile"
  | "organization"
  | "member"
  | "session"
  | "event"
  | "jwk"
  | "api"
  | "grant"
  | "backup";

/** Generates an id: a prefix for the kind of resource and 131 random bits. Opaque to callers. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(22)}`;
}

/** An id that looks like a generated one, always the same for the same text. */
export function derivedId(prefix: IdPrefix, text: string): string {
  let rest = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
  const digits = Array.from({ length: 22 }, () => {
    const digit = BASE62[Number(rest % 62n)];
    rest /= 62n;
    return digit;
  });
  return `${prefix}_${digits.join("")}`;
}

const GENERATED_CLIENT_ID = /^client_[0-9A-Za-z]{22}$/;

export function isGeneratedClientId(clientId: string): boolean {
  return GENERATED_CLIENT_ID.test(clientId);
}

const GENERATED_SUBJECT = /^(?:project|member|session|organization)_[0-9A-Za-z]{22}$/;

/** Whether an id looks like one that this server generates for a token's `sub`, or for its organization. */
export function isGeneratedSubject(id: string): boolean {
  return GENERATED_SUBJECT.test(id);
}

/**
 * Ids of other resources that a token may have as `sub`, and Auth0's `sub` of a client. Client ids must not look
 * like them, so that resource servers can distinguish subjects (RFC 9700 section 4.15).
 */
export function isReservedSubject(id: string): boolean {
  return isGeneratedSubject(id) || id.endsWith("@clients");
}

/**
 * Project ids are path segments, user names of HTTP Basic and `aud` of tokens. The rule covers ids of Stytch
 * (`project-live-…`, `project-test-…`), so that a project that moves here keeps its id.
 */
export const PROJECT_ID = /^[A-Za-z0-9_-]{1,64}$/;
export const PROJECT_ID_RULE = "Must be 1 to 64 characters from A-Z a-z 0-9 _ -";
