import type { Scope } from "../register.js";
import { DPOP_ALGORITHMS } from "../verify/dpop-proof.js";
import { httpUrl } from "./requirement.js";

/** What an API says of itself (RFC 9728 section 2). */
export interface ProtectedResource {
  /** URL that clients call, to the character: the API's identifier, and the `aud` of its tokens. */
  resource: string;
  /** The project's issuer. */
  issuer: string;
  /** Name what every client of the API has, or none: some agents ask for all of them. */
  scopes?: readonly Scope[];
  /** Further members, such as `resource_name` and `resource_documentation`. */
  metadata?: Record<string, unknown>;
}

/** Where the metadata are, and what they say. */
export interface ResourceMetadata {
  url: string;
  /** Path of the URL, percent-encoded. */
  path: string;
  document: Record<string, unknown>;
}

const WELL_KNOWN_PATH = "/.well-known/oauth-protected-resource";

/** Pages of every origin read them: agents also run in browsers, and send headers of their own. */
export const METADATA_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "*",
  "cache-control": "public, max-age=300",
};

export const METADATA_METHODS = ["GET", "HEAD", "OPTIONS"] as const;

/** @throws TypeError for a `resource` or an `issuer` that is no http or https URL without a fragment */
export function resourceMetadata({
  resource,
  issuer,
  scopes,
  metadata,
}: ProtectedResource): ResourceMetadata {
  const { origin, pathname, search } = httpUrl(resource, "resource");
  httpUrl(issuer, "issuer");
  // RFC 9728 section 3.1: between the host and the path; a slash alone is no path.
  const path = WELL_KNOWN_PATH + (pathname === "/" ? "" : pathname);
  const document = {
    ...metadata,
    resource,
    authorization_servers: [issuer],
    ...(scopes && { scopes_supported: [...scopes] }),
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  };
  return { url: origin + path + search, path, document };
}

/** @returns whether the metadata are the answer to this request */
export function isMetadataRequest(path: string, method: string, target: string): boolean {
  const methods: readonly string[] = METADATA_METHODS;
  return methods.includes(method) && target.split("?", 1)[0] === path;
}
