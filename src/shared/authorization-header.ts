import { CountersignError } from "./errors.js";

/** Parses HTTP Basic credentials (RFC 7617). Returns null for any other header. */
export function parseBasic(authorization: string): { user: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization)?.[1];
  const text = Buffer.from(encoded ?? "", "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The secrets that a password of HTTP Basic may mean: form-encoded, as RFC 6749 section 2.3.1 asks of clients, and
 * as it is, which many send (curl -u). Both are one attempt.
 */
export function passwordForms(password: string): readonly string[] {
  const forms = [percentDecode(password.replaceAll("+", " ")) ?? password, password];
  return [...new Set(forms.map(withoutFinalNewline))];
}

/** No credential ends with a line break (RFC 6749 appendix A), but `echo secret | base64` and files add one. */
export function withoutFinalNewline(credential: string): string {
  return credential.replace(/\r?\n$/, "");
}

/** @returns null for a text that is not percent-encoded */
export function percentDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Parses a Bearer token (RFC 6750 section 2.1). Returns null for any other header. */
export function parseBearer(authorization: string): string | null {
  return parseToken(authorization, "Bearer");
}

/** Parses a token of a scheme (RFC 6750 section 2.1, RFC 9449 section 7.1). Returns null for any other header. */
export function parseToken(authorization: string, scheme: "Bearer" | "DPoP"): string | null {
  const [, name, token] = /^([A-Z]+) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  return name?.toLowerCase() === scheme.toLowerCase() && token ? token : null;
}

/** Tells nobody what is wrong with a Bearer token. */
export function bearerTokenRefused(options?: ErrorOptions): CountersignError {
  return new CountersignError("UNAUTHENTICATED", "The access token is not valid", {}, options);
}
