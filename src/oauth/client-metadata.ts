import { z } from "zod";
import {
  type Client,
  GRANT_TYPES,
  type TokenEndpointAuthMethod,
} from "../clients/client.entity.js";
import type { NewClient } from "../clients/client-writer.js";
import { epochSeconds } from "../shared/clock.js";
import { badUserInput } from "../shared/errors.js";
import { MAX_SCOPES, scopeText, validate } from "../shared/validation.js";

const METHODS: Readonly<Record<string, TokenEndpointAuthMethod>> = {
  client_secret_basic: "CLIENT_SECRET_BASIC",
  client_secret_post: "CLIENT_SECRET_POST",
  private_key_jwt: "PRIVATE_KEY_JWT",
};

export const BODY_NOT_JSON_OBJECT = "The body must be a JSON object";

/** The client metadata of RFC 7591 section 2 that apply to machine clients; others are ignored. */
const metadataRules = z.object({
  client_id: z.string().optional(),
  client_name: z.string().optional(),
  grant_types: z.array(z.string()).optional(),
  response_types: z.array(z.string()).optional(),
  token_endpoint_auth_method: z.string().optional(),
  scope: scopeText(MAX_SCOPES).default([]),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(5) }).optional(),
  jwks_uri: z.string().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
});

/**
 * @param clientId `client_id` that the metadata must have; absent for a new client
 * @throws BAD_USER_INPUT
 */
export function parseClientMetadata(body: unknown, clientId?: string): NewClient {
  if (body instanceof URLSearchParams) throw badUserInput([], BODY_NOT_JSON_OBJECT);
  const metadata = validate(metadataRules, body, []);
  // RFC 7592 section 2.2
  if (clientId !== undefined && metadata.client_id !== clientId) {
    throw badUserInput(["client_id"], "client_id must be the id of this client");
  }
  const { grant_types: grantTypes = ["client_credentials"] } = metadata;
  if (grantTypes.length !== 1 || grantTypes[0] !== "client_credentials") {
    throw badUserInput(["grant_types"], "grant_types must be client_credentials");
  }
  if ((metadata.response_types ?? []).length > 0) {
    throw badUserInput(["response_types"], "response_types must be empty");
  }
  const { token_endpoint_auth_method: name = "client_secret_basic" } = metadata;
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) {
    throw badUserInput(
      ["token_endpoint_auth_method"],
      `token_endpoint_auth_method must be one of ${Object.keys(METHODS).join(", ")}`,
    );
  }
  return {
    name: metadata.client_name ?? null,
    scopes: metadata.scope,
    tokenEndpointAuthMethod: method,
    keys: toKeySource(metadata),
    dpopBoundAccessTokens: metadata.dpop_bound_access_tokens ?? false,
  };
}

/** RFC 7591 section 2: `jwks` and `jwks_uri` exclude each other. */
function toKeySource({ jwks, jwks_uri: jwksUrl }: z.output<typeof metadataRules>) {
  if (jwks && jwksUrl !== undefined) {
    throw badUserInput(["jwks"], "Give exactly one of jwks and jwks_uri; both were given");
  }
  if (jwksUrl !== undefined) return { jwksUrl };
  return jwks ? { publicKeys: jwks.keys.map((jwk) => ({ jwk })) } : null;
}

/** The client information response of RFC 7591 section 3.2.1, without secrets. */
export function toClientMetadata(client: Client) {
  const method = Object.entries(METHODS).find(
    ([, value]) => value === client.tokenEndpointAuthMethod,
  );
  return {
    client_id: client.clientId,
    client_id_issued_at: epochSeconds(client.createdAt),
    ...(client.name !== null && { client_name: client.name }),
    grant_types: client.grantTypes.map((name) => GRANT_TYPES[name]),
    response_types: [],
    token_endpoint_auth_method: method?.[0] ?? "client_secret_basic",
    // An empty text would be one scope without a name for some clients.
    ...(client.scopes.length > 0 && { scope: client.scopes.join(" ") }),
    ...(client.publicKeys && { jwks: { keys: client.publicKeys.map((key) => key.jwk) } }),
    ...(client.jwksUrl && { jwks_uri: client.jwksUrl }),
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
  };
}
