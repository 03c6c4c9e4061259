import { randomInt } from "node:crypto";

export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(62)]).join("");
}

export type IdPrefix =
  | "project"
  | "key"
  | "client"
  | "profile"
  | "organization"
  | "member"
  | "session"
  | "event"
  | "jwk"
  | "api"
  | "grant";

/** 131 random bits behind a word that says what the id belongs to. Opaque to callers. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(22)}`;
}

const GENERATED_CLIENT_ID = /^client_[0-9A-Za-z]{22}$/;

export function isGeneratedClientId(clientId: string): boolean {
  return GENERATED_CLIENT_ID.test(clientId);
}

/**
 * A client id may not look like the id of something else that can be the `sub` of a token
 * (RFC 9700 section 4.15: a resource server must be able to tell clients and members apart).
 */
const FOREIGN_SUBJECT = /^(project|member|session|organization)_[0-9A-Za-z]{22}$/;

export function isReservedSubject(id: string): boolean {
  return FOREIGN_SUBJECT.test(id);
}
