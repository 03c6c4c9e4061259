/** SPIFFE-ID section 2: a trust domain has at most 255 characters, and an ID at most 2048 bytes. */
const TRUST_DOMAIN = /^spiffe:\/\/[a-z0-9._-]{1,255}$/;
const WORKLOAD = /^(spiffe:\/\/[a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/;
const MAX_LENGTH = 2048;

/** Whether a text is a trust domain alone, such as `spiffe://example.org`. */
export function isTrustDomain(text: string): boolean {
  return TRUST_DOMAIN.test(text);
}

/** @returns `spiffe://example.org` for `spiffe://example.org/billing`; null if it is no SPIFFE ID of a workload */
export function trustDomainOf(value: unknown): string | null {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const [, trustDomain = null, path = ""] = WORKLOAD.exec(value) ?? [];
  const hasDotSegment = path.split("/").some((segment) => segment === "." || segment === "..");
  return hasDotSegment ? null : trustDomain;
}
